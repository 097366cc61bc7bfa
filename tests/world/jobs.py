"""Files and fine-tuning jobs as a host shows them."""

from email import message_from_bytes


def uploaded(raw: bytes) -> bytes:
    boundary = raw.split(b"\r\n", 1)[0][2:]
    head = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    parts = message_from_bytes(head + raw).get_payload()
    named = {part.get_param("name", header="content-disposition"): part for part in parts}
    return named["file"].get_payload(decode=True)


def file(file_id, size):
    return {"id": file_id, "object": "file", "bytes": size, "created_at": 0,
            "filename": "dataset.jsonl", "purpose": "fine-tune", "status": "processed"}  # fmt: skip


def job(job_id, asked):
    return {"id": job_id, "object": "fine_tuning.job", "created_at": 0, "model": asked["model"],
            "organization_id": "org", "result_files": [], "seed": asked["seed"],
            "status": "running", "training_file": asked["training_file"],
            "fine_tuned_model": None, "metadata": asked["metadata"],
            "user_provided_suffix": asked["suffix"],
            "method": {"type": "supervised",
                       "supervised": {"hyperparameters": {"n_epochs": 4}}},
            "hyperparameters": {"n_epochs": 4}}  # fmt: skip


def shown(job):
    return {key: value for key, value in job.items() if key != "polls"}


def events(job, loss=None):
    """`loss` is what it says of every step; None: a loss that falls."""
    if job["status"] != "succeeded":
        return []
    return [
        {"id": f"ev-{step}", "object": "fine_tuning.job.event", "created_at": step,
         "level": "info", "message": f"step {step}", "type": "metrics",
         "data": {"step": step, "total_steps": 3,
                  "train_loss": 3.0 / step if loss is None else loss}}
        for step in (3, 2, 1)
    ]  # fmt: skip
