"""Sentences in languages that were written in eight-bit encodings, and those encodings."""

SENTENCES = {
    "Hungarian": (
        ("cp1250", "iso8859-2"),
        (
            "A telepítés után válassza ki a nyelvet a beállítások között, majd mentse a fájlt.",
            "Ha a lámpa nem gyullad ki, ellenőrizze a kanóc hosszát és az olaj mennyiségét.",
            "A szűrőt évente egyszer ki kell cserélni, különben a gép működése lelassul.",
            "Az őr minden éjjel felírja, hány hajó haladt el a torony előtt.",
        ),
    ),
    "Romanian": (
        ("cp1250", "iso8859-2"),
        (
            "După instalare, alegeţi limba dorită în pagina de setări şi salvaţi fişierul.",
            "Paznicul aprinde lampa în fiecare seară şi notează numărul de nave.",
            "Dacă presiunea scade, închideţi supapa şi aşteptaţi până când acul se opreşte.",
            "Rezervorul trebuie curăţat o dată pe an, înainte de iarnă.",
        ),
    ),
    "Lithuanian": (
        ("cp1257",),
        (
            "Įdiegę programą, nustatymuose pasirinkite kalbą ir išsaugokite failą.",
            "Jei lempa neužsidega, patikrinkite dagties ilgį ir alyvos kiekį.",
            "Sargas kiekvieną naktį užrašo, kiek laivų praplaukė pro švyturį.",
            "Vožtuvą reikia uždaryti prieš keičiant filtrą, kitaip slėgis gali pakilti.",
        ),
    ),
    "Latvian": (
        ("cp1257",),
        (
            "Pēc uzstādīšanas iestatījumos izvēlieties valodu un saglabājiet failu.",
            "Ja lampa neiedegas, pārbaudiet dakts garumu un eļļas daudzumu.",
            "Sargs katru nakti pieraksta, cik kuģu pagājis garām bākai.",
        ),
    ),
    "Hebrew": (
        ("cp1255", "iso8859-8"),
        (
            "לאחר ההתקנה יש לבחור את השפה בדף ההגדרות ולשמור את הקובץ.",
            "אם המנורה אינה נדלקת, בדקו את אורך הפתיל ואת כמות השמן במכל.",
            "השומר רושם בכל לילה כמה אוניות עברו ליד המגדלור.",
            "יש לסגור את השסתום לפני החלפת המסנן, אחרת הלחץ עלול לעלות.",
        ),
    ),
    "Arabic": (
        ("cp1256",),
        (
            "بعد التثبيت اختر اللغة من صفحة الإعدادات ثم احفظ الملف.",
            "إذا لم يشتعل المصباح فتحقق من طول الفتيل ومن كمية الزيت في الخزان.",
            "يكتب الحارس كل ليلة عدد السفن التي مرت أمام المنارة.",
            "يجب إغلاق الصمام قبل تغيير المرشح، وإلا فقد يرتفع الضغط.",
        ),
    ),
    "Persian": (
        ("cp1256",),
        (
            "پس از نصب، زبان را در صفحه تنظيمات انتخاب كنيد و پرونده را ذخيره كنيد.",
            "اگر چراغ روشن نشد، بلندي فتيله و مقدار روغن را بررسي كنيد.",
        ),
    ),
    "Thai": (
        ("cp874", "tis-620"),
        (
            "หลังจากติดตั้งแล้ว ให้เลือกภาษาในหน้าการตั้งค่าและบันทึกแฟ้ม",
            "ถ้าตะเกียงไม่ติด ให้ตรวจดูความยาวของไส้ตะเกียงและปริมาณน้ำมัน",
            "คนเฝ้าประภาคารจดจำนวนเรือที่แล่นผ่านทุกคืน",
            "ต้องปิดวาล์วก่อนเปลี่ยนไส้กรอง มิฉะนั้นแรงดันอาจสูงขึ้น",
        ),
    ),
    "Polish": (
        ("cp1250", "iso8859-2"),
        (
            "Po instalacji wybierz język na stronie ustawień i zapisz plik.",
            "Jeśli lampa się nie zapala, sprawdź długość knota i ilość oleju.",
            "Latarnik każdej nocy zapisuje, ile statków przepłynęło obok wieży.",
            "Przed wymianą filtra należy zamknąć zawór, inaczej ciśnienie może wzrosnąć.",
        ),
    ),
    "Czech": (
        ("cp1250", "iso8859-2"),
        (
            "Po instalaci zvolte jazyk na stránce nastavení a uložte soubor.",
            "Pokud se lampa nerozsvítí, zkontrolujte délku knotu a množství oleje.",
            "Strážce každou noc zapisuje, kolik lodí proplulo kolem majáku.",
            "Před výměnou filtru je třeba zavřít ventil, jinak může tlak stoupnout.",
        ),
    ),
    "Slovak": (
        ("cp1250", "iso8859-2"),
        (
            "Po inštalácii vyberte jazyk na stránke nastavení a uložte súbor.",
            "Ak sa lampa nerozsvieti, skontrolujte dĺžku knôtu a množstvo oleja.",
        ),
    ),
    "Croatian": (
        ("cp1250", "iso8859-2"),
        (
            "Nakon instalacije odaberite jezik na stranici s postavkama i spremite datoteku.",
            "Čuvar svake noći bilježi koliko je brodova prošlo pokraj svjetionika.",
        ),
    ),
    "Russian": (
        ("cp1251", "koi8-r"),
        (
            "После установки выберите язык на странице настроек и сохраните файл.",
            "Если лампа не загорается, проверьте длину фитиля и количество масла.",
            "Смотритель каждую ночь записывает, сколько кораблей прошло мимо маяка.",
        ),
    ),
    "Ukrainian": (
        ("cp1251",),
        (
            "Після встановлення виберіть мову на сторінці налаштувань і збережіть файл.",
            "Якщо лампа не світиться, перевірте довжину ґнота й кількість олії.",
        ),
    ),
    "Bulgarian": (
        ("cp1251",),
        (
            "След инсталирането изберете език от страницата с настройки и запазете файла.",
            "Пазачът всяка нощ записва колко кораба са минали покрай фара.",
        ),
    ),
    "Greek": (
        ("cp1253",),
        (
            "Μετά την εγκατάσταση επιλέξτε γλώσσα στη σελίδα ρυθμίσεων και αποθηκεύστε το αρχείο.",
            "Αν η λάμπα δεν ανάβει, ελέγξτε το μήκος του φιτιλιού και την ποσότητα του λαδιού.",
            "Ο φύλακας γράφει κάθε νύχτα πόσα πλοία πέρασαν μπροστά από τον φάρο.",
        ),
    ),
    "Turkish": (
        ("cp1254",),
        (
            "Kurulumdan sonra ayarlar sayfasında dili seçin ve dosyayı kaydedin.",
            "Lamba yanmıyorsa fitilin uzunluğunu ve yağ miktarını denetleyin.",
            "Bekçi her gece fenerin önünden kaç gemi geçtiğini yazar.",
        ),
    ),
    "French": (
        ("cp1252",),
        (
            "Après l’installation, choisissez la langue dans les réglages et enregistrez.",
            "Le gardien note chaque nuit combien de navires sont passés près du phare.",
            "Fermez la vanne avant de changer le filtre, sinon la pression peut s’élever.",
        ),
    ),
    "German": (
        ("cp1252",),
        (
            "Wählen Sie nach der Installation die Sprache in den Einstellungen für das Gerät.",
            "Der Wärter schreibt jede Nacht auf, wie viele große Schiffe vorübergefahren sind.",
            "Schließen Sie das Ventil, bevor Sie den Filter wechseln; sonst erhöht sich der Druck.",
        ),
    ),
    "Spanish": (
        ("cp1252",),
        (
            "Después de la instalación, elija el idioma en la página de configuración.",
            "El farero anota cada noche cuántos barcos pasaron; ¿quién lo leerá mañana?",
        ),
    ),
    "Portuguese": (
        ("cp1252",),
        (
            "Após a instalação, escolha o idioma na página de configurações e salve o arquivo.",
            "O faroleiro anota todas as noites quantos navios já passaram; são às vezes milhões.",
        ),
    ),
    "Italian": (
        ("cp1252",),
        (
            "La lampada si accende più lentamente perché la quantità d’olio è già scesa.",
            "Il guardiano scrive ciò che vede; così si saprà quante navi sono passate.",
        ),
    ),
    "Swedish": (
        ("cp1252",),
        (
            "Välj språk på sidan med inställningar när installationen är klar och spara filen.",
            "Fyrvaktaren skriver varje natt upp hur många båtar som har gått förbi.",
        ),
    ),
    "Danish": (
        ("cp1252",),
        (
            "Vælg sprog på siden med indstillinger, når installationen er færdig, og gem filen.",
            "Fyrpasseren skriver hver nat, hvor mange både der er sejlet forbi tårnet på øen.",
        ),
    ),
    "Finnish": (
        ("cp1252",),
        ("Valitse kieli asetussivulla asennuksen jälkeen; säiliö täyttyy yöllä.",),
    ),
    "Icelandic": (
        ("cp1252",),
        ("Vörðurinn skráir á hverri nóttu hve mörg skip hafa siglt fram hjá vitanum í þoku.",),
    ),
    "Estonian": (
        ("cp1252",),
        ("Pärast paigaldamist valige seadete lehel keel; õli väheneb öösel ja süttib hõõgniit.",),
    ),
    "Dutch": (
        ("cp1252",),
        ("De wachter noteert elke nacht één voor één de schepen; de ideeën zijn geïnspireerd.",),
    ),
}  # fmt: skip
CASES = [
    (language, encoding, sentence)
    for language, (encodings, sentences) in SENTENCES.items()
    for encoding in encodings
    for sentence in sentences
]
