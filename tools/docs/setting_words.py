"""What each setting is for, in Dutch and in English; a test fails when one has no words."""

WORDS: dict[str, tuple[str, str]] = {
    "OLIEVLEK_DATABASE_URL": (
        "Waar de gegevens staan. SQLite is genoeg voor één machine; anders "
        "`postgresql+asyncpg://gebruiker@server/olievlek`.",
        "Where the data is. SQLite is enough for one machine; otherwise "
        "`postgresql+asyncpg://user@server/olievlek`.",
    ),
    "OLIEVLEK_KEYS_URL": (
        "Waar de sleutelkast staat, met een sleutel per deelnemer. Zonder deze instelling: "
        "`olievlek-keys.db` "
        "naast de database, en op PostgreSQL in dezelfde database.",
        "Where the key store is, with a key for each member. Without this setting: "
        "`olievlek-keys.db` beside "
        "the database, and on PostgreSQL in the same database.",
    ),
    "OLIEVLEK_DATA_DIR": (
        "De map voor wat niet in de database staat, zoals de sleutels van Matrix.",
        "The folder for what is not in the database, such as the keys of Matrix.",
    ),
    "OLIEVLEK_SECRET_KEY": (
        "De geheime sleutel, die de sleutelkast versleutelt. Verplicht, hier of in een bestand. "
        "Maak er een met "
        "`olievlek keys new`, en bewaar een kopie apart van de database.",
        "The secret key, which encrypts the key store. Required, here or in a file. Make one with "
        "`olievlek keys "
        "new`, and keep a copy apart from the database.",
    ),
    "OLIEVLEK_SECRET_KEY_FILE": (
        "Of het bestand waar die sleutel in staat.",
        "Or the file that holds that key.",
    ),
    "OLIEVLEK_PUSH_KEY": (
        "Hiermee kan een browser melden dat er iets klaarstaat als de chat dicht is. Maak er een "
        "met `olievlek keys push`.",
        "Lets a browser tell that something is waiting while the chat is closed. Make one with "
        "`olievlek keys push`.",
    ),
    "OLIEVLEK_LANGUAGE": (
        "De taal van de opdrachtregel, en van de eerste groet als het platform niets zegt.",
        "The language of the command line, and of the first greeting if the platform says nothing.",
    ),
    "OLIEVLEK_TIME_ZONE": (
        "De tijdzone van nieuwe deelnemers, en van de back-ups.",
        "The time zone of new members, and of backups.",
    ),
    "OLIEVLEK_HTTP_HOST": (
        "Het adres waarop de HTTP-poort luistert.",
        "The address on which the HTTP port listens.",
    ),
    "OLIEVLEK_HTTP_PORT": (
        "De poort van `/healthz`, `/readyz`, `/metrics`, de pagina’s en de webhook. 0: een vrije "
        "poort.",
        "The port of `/healthz`, `/readyz`, `/metrics`, the pages and the webhook. 0: a free port.",
    ),
    "OLIEVLEK_TRUSTED_PROXIES": (
        "Welke proxy’s de bot gelooft over wie hun klant is (`X-Forwarded-For`): adressen en "
        "netwerken.",
        "The proxies whose word is taken for who their client is (`X-Forwarded-For`): addresses "
        "and networks.",
    ),
    "OLIEVLEK_SECURITY_CONTACT": (
        "Waar iemand een kwetsbaarheid kan melden, voor `/.well-known/security.txt`: `mailto:`, "
        "`https://` of `tel:`.",
        "Where somebody can report a vulnerability, for `/.well-known/security.txt`: `mailto:`, "
        "`https://` or `tel:`.",
    ),
    "OLIEVLEK_METRICS_HOST": (
        "Het adres waarop de poort voor cijfers luistert.",
        "The address on which the port for metrics listens.",
    ),
    "OLIEVLEK_METRICS_PORT": (
        "Een eigen poort voor `/metrics`; op de andere poort is dat er dan niet meer.",
        "A port of its own for `/metrics`, which the other port then no longer has.",
    ),
    "OLIEVLEK_TRACES_URL": (
        "Waar traces van OpenTelemetry heen gaan (OTLP over HTTP). Leeg: er zijn er geen.",
        "Where traces of OpenTelemetry go (OTLP over HTTP). Empty: there are none.",
    ),
    "OLIEVLEK_PUBLIC_URL": (
        "Waar een browser de bot bereikt; de pagina’s staan onder `/web/`.",
        "Where a browser reaches the bot; the pages are below `/web/`.",
    ),
    "OLIEVLEK_LOG_FORMAT": ("Hoe het logboek eruitziet.", "What the log looks like."),
    "OLIEVLEK_LOG_LEVEL": ("Hoeveel er in het logboek komt.", "How much goes into the log."),
    "OLIEVLEK_MIN_GROUP_SIZE": (
        "Een team ziet alleen cijfers over weken waarin minstens zo veel mensen een uitdaging "
        "kregen.",
        "A team sees figures only of weeks in which at least this many people had a challenge.",
    ),
    "OLIEVLEK_CONTROLLER_NAME": (
        "Wie verantwoordelijk is voor wat bewaard wordt; `/privacy` noemt die.",
        "Who is responsible for what is kept; `/privacy` names them.",
    ),
    "OLIEVLEK_CONTROLLER_CONTACT": (
        "Waar mensen die verantwoordelijke bereiken.",
        "Where people reach whoever is responsible.",
    ),
    "OLIEVLEK_THEME_DIR": (
        "Een map met het uiterlijk van je organisatie: `tokens.css`, en `logo.svg` of `logo.png`.",
        "A folder with the look of your organisation: `tokens.css`, and `logo.svg` or `logo.png`.",
    ),
    "OLIEVLEK_BACKUP_DIR": (
        "Een map die er al is, voor versleutelde back-ups. Leeg: de bot maakt er geen.",
        "A folder that exists, for encrypted backups. Empty: the bot makes none.",
    ),
    "OLIEVLEK_BACKUP_KEYS_DIR": (
        "De map voor back-ups van de sleutelkast. Leeg: `keys` in de map hierboven.",
        "The folder for backups of the key store. Empty: `keys` in the folder above.",
    ),
    "OLIEVLEK_BACKUP_RECIPIENT": (
        "De openbare sleutel van die back-ups. Maak een paar met `olievlek backup key`.",
        "The public key of those backups. Make a pair with `olievlek backup key`.",
    ),
    "OLIEVLEK_S3_BUCKET": (
        "Een bucket voor die back-ups, in plaats van een map.",
        "A bucket for those backups, instead of a folder.",
    ),
    "OLIEVLEK_S3_PREFIX": (
        "Waar de namen van die back-ups in de bucket mee beginnen.",
        "What the names of those backups in the bucket begin with.",
    ),
    "OLIEVLEK_S3_ENDPOINT": (
        "Het adres van de opslagdienst. Leeg: die van Amazon.",
        "The address of the storage service. Empty: that of Amazon.",
    ),
    "OLIEVLEK_S3_REGION": (
        "De regio van de bucket.",
        "The region of the bucket.",
    ),
    "OLIEVLEK_S3_ACCESS_KEY_ID": (
        "Wie de bot bij de opslagdienst is.",
        "Who the bot is at the storage service.",
    ),
    "OLIEVLEK_S3_SECRET_ACCESS_KEY": (
        "Waarmee de bot dat bewijst.",
        "What the bot proves that with.",
    ),
    "OLIEVLEK_KEEP_REFLECTIONS_MONTHS": (
        "Hoe lang blijft wat mensen schrijven, en wat ze daarvan deelden.",
        "How long what people write is kept, and what they shared of it.",
    ),
    "OLIEVLEK_KEEP_SILENT_MONTHS": (
        "Wie zo lang niets laat horen, krijgt de vraag of die blijft.",
        "Who gives no sign of life for so long is asked whether they stay.",
    ),
    "OLIEVLEK_KEEP_NOTICE_DAYS": (
        "Na zo veel dagen zonder antwoord op die vraag wordt iemand gewist.",
        "After so many days without an answer to that question somebody is erased.",
    ),
    "OLIEVLEK_KEEP_ANSWERS_MONTHS": (
        "Hoe lang elk antwoord apart blijft; daarna alleen aantallen per deelnemer. Minstens zo "
        "lang als "
        "reflecties en weekberichten.",
        "How long each answer is kept; then only counts per member. At least as long as "
        "reflections and digests.",
    ),
    "OLIEVLEK_KEEP_DIGESTS_MONTHS": (
        "Hoe lang weekberichten van teams blijven.",
        "How long the digests of teams are kept.",
    ),
    "OLIEVLEK_KEEP_ABSENCES_MONTHS": (
        "Hoe lang dagen weg blijven, na de laatste dag.",
        "How long absences are kept, after their last day.",
    ),
    "OLIEVLEK_KEEP_RECEIPTS_DAYS": (
        "Hoe lang de bot weet welk bericht bij welke uitdaging hoort.",
        "How long the bot knows which message belongs to which challenge.",
    ),
    "OLIEVLEK_KEEP_INVITATIONS_DAYS": (
        "Hoe lang uitnodigingen blijven nadat ze verlopen zijn.",
        "How long invitations are kept after they expired.",
    ),
    "OLIEVLEK_KEEP_SET_ASIDE_DAYS": (
        "Hoe lang blijft wat binnenkwam en niet verwerkt kon worden.",
        "How long what came in and could not be handled is kept.",
    ),
    "OLIEVLEK_TELEGRAM_TOKEN": (
        "Het token van @BotFather. Zonder token is Telegram uit.",
        "The token from @BotFather. Without it Telegram is off.",
    ),
    "OLIEVLEK_TELEGRAM_API_URL": (
        "De server van Telegram, of een eigen Bot API-server.",
        "Telegram's server, or a Bot API server of your own.",
    ),
    "OLIEVLEK_TELEGRAM_PER_SECOND": (
        "Berichten per seconde. Boven wat Telegram gratis toelaat, betaal je per bericht.",
        "Messages per second. Above what Telegram allows for nothing, you pay for each.",
    ),
    "OLIEVLEK_TELEGRAM_WEBHOOK_URL": (
        "Een adres dat Telegram kan bereiken. Leeg: de bot haalt berichten zelf op.",
        "An address that Telegram can reach. Empty: the bot polls Telegram.",
    ),
    "OLIEVLEK_TELEGRAM_WEBHOOK_SECRET": (
        "Het geheim waaraan de bot Telegram herkent: 16 tot 256 letters, cijfers, `_` of `-`.",
        "The secret by which the bot knows Telegram: 16 to 256 letters, digits, `_` or `-`.",
    ),
    "OLIEVLEK_MATRIX_HOMESERVER": (
        "Je homeserver. Leeg: Matrix is uit.",
        "Your homeserver. Empty: Matrix is off.",
    ),
    "OLIEVLEK_MATRIX_USER": (
        "Het account van de bot, zoals `@olievlek:example.org`.",
        "The account of the bot, such as `@olievlek:example.org`.",
    ),
    "OLIEVLEK_MATRIX_PASSWORD": (
        "Het wachtwoord van dat account.",
        "The password of that account.",
    ),
    "OLIEVLEK_MATRIX_ACCESS_TOKEN": (
        "Of een token van dat account; een nieuw apparaat maken kan de bot dan niet.",
        "Or a token of that account; the bot can then make no new device.",
    ),
    "OLIEVLEK_MATRIX_ALLOWED_SERVERS": (
        "Van welke servers of kamers de bot uitnodigingen aanneemt, met komma’s. Leeg: van alle.",
        "From which servers or rooms the bot accepts invitations, with commas. Empty: from all.",
    ),
    "OLIEVLEK_MATRIX_ALLOW_UNENCRYPTED": (
        "Of wat persoonlijk is ook naar kamers zonder versleuteling mag.",
        "Whether what is personal may also go to rooms without encryption.",
    ),
    "OLIEVLEK_WEB_CHAT": (
        "Of er ook een chat in de browser is, op `OLIEVLEK_PUBLIC_URL` met `/chat` erachter.",
        "Whether there is a chat in the browser as well, at `OLIEVLEK_PUBLIC_URL` followed by "
        "`/chat`.",
    ),
    "OLIEVLEK_OIDC_ISSUER": (
        "De aanmelddienst van je organisatie (OpenID Connect). Leeg: daar kan niemand aanmelden.",
        "The provider of your organisation (OpenID Connect). Empty: nobody can sign in there.",
    ),
    "OLIEVLEK_OIDC_CLIENT_ID": (
        "Hoe de aanmelddienst dit programma noemt.",
        "What the provider calls this program.",
    ),
    "OLIEVLEK_OIDC_CLIENT_SECRET": (
        "Het geheim dat de aanmelddienst dit programma gaf.",
        "The secret that the provider gave this program.",
    ),
    "OLIEVLEK_OIDC_SCOPE": (
        "Waar het programma om vraagt, met spaties.",
        "What the program asks for, with spaces.",
    ),
    "OLIEVLEK_OIDC_ROLES_CLAIM": (
        "In welke claim de rollen staan. Leeg: daar komen geen rollen vandaan.",
        "Which claim holds the roles. Empty: no roles come from there.",
    ),
}
