"""A made-up system: its documents, and questions about them with what their answers hold."""

SYSTEM = "Lumenbox"

PAGES = {
    "index.md": """# Lumenbox

Lumenbox is a lamp controller for greenhouses, made by the Halden workshop.

- [Dimmer](dimmer.md)
- [Timer](timer.md)
- [Alarms](alarms.md)
""",
    "dimmer.md": """# Dimmer

The dimmer fades a lamp within 40 seconds. A dimmer card carries 6 lamps at most.

| Code | Meaning |
|---|---|
| LB-17 | the fuse of the dimmer is blown |
| LB-23 | the dimmer waits for the mains |
""",
    "timer.md": """# Timer

The timer starts the lamps at 05:30 every morning. It repeats a failed start after 9 minutes.

To set the timer:

- Hold the green key for 4 seconds.
- Turn the wheel to the mark `T7`.
""",
    "alarms.md": """# Alarms

A heat alarm sounds when the housing is warmer than 71 degrees.
The alarm log keeps 250 entries and drops the oldest one.
""",
    "network.md": """# Network

The controller listens on port 4711. A station may send 12 telegrams in a second.

```
lumen connect --station 3 --port 4711
```
""",
    "care.html": """<html><head><title>Care</title></head><body><nav>Home</nav><main><h1>Care</h1>
<p>The air filter is changed after 900 hours. The filter of the pump lasts 3 seasons.</p>
</main></body></html>""",
}
CP932_PAGE = """# 清掃の手順

ランプの清掃は14日ごとに行います。清掃の前に電源を切り、15分待ちます。
汚れた反射板には洗剤「ヒカリ3号」を使います。
"""
QUESTIONS = [
    ("q01", "How long does Lumenbox take to fade?", "40 seconds", "dimmer.md"),
    ("q02", "Which Lumenbox code reports a blown fuse?", "LB-17", "dimmer.md"),
    ("q03", "How many lamps go on one Lumenbox card?", "6", "dimmer.md"),
    ("q04", "When do lamps of a Lumenbox come on?", "05:30", "timer.md"),
    ("q05", "Where must the wheel of a Lumenbox point?", "T7", "timer.md"),
    ("q06", "What heat is too much for a Lumenbox?", "71 degrees", "alarms.md"),
    ("q07", "How long is the history of a Lumenbox?", "250", "alarms.md"),
    ("q08", "Where can I reach a Lumenbox by TCP?", "4711", "network.md"),
    ("q09", "What rate of telegrams does Lumenbox bear?", "12", "network.md"),
    ("q10", "When is a new air filter due in Lumenbox?", "900 hours", "care.md"),
    ("q11", "Lumenboxの掃除は何日おきですか？", "14日", "cleaning.md"),
    ("q12", "Lumenboxの反射板には何が要りますか？", "ヒカリ3号", "cleaning.md"),
]
