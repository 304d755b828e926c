"""The one settings module; the environment varies it (see docs/operator.md)."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=True)

# Everything the product writes lies under VAR_DIR.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)
MEDIA_ROOT = VAR_DIR / "media"
TRAIL_HEAD_FILE = VAR_DIR / "trail-head.log"
BROKER_DIR = Path(env.str("BROKER_DIR", default=str(VAR_DIR / "broker"))).resolve()


def _development_key() -> str:
    """Return the key kept in VAR_DIR, made once; two processes starting together agree on it."""
    path = VAR_DIR / "secret-key"
    if not path.exists():
        draft = path.with_name(f"secret-key.{os.getpid()}")
        draft.write_text(secrets.token_urlsafe(64))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first; its key is the key
        finally:
            draft.unlink()
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- Database ---------------------------------------------------------------------------------
DATABASES = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'qmm.sqlite3'}"),
}
_database = DATABASES["default"]
USES_SQLITE = _database["ENGINE"].endswith("sqlite3")
if USES_SQLITE:
    _database["OPTIONS"] = {
        # Deferred transactions die as "database is locked" when two writers upgrade together.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    _database["CONN_MAX_AGE"] = 600
    _database["CONN_HEALTH_CHECKS"] = True

# --- Refusals to start half configured ---------------------------------------------------------
if DEBUG:
    SECRET_KEY = SECRET_KEY or _development_key()
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]", "testserver"]
else:
    if not SECRET_KEY:
        raise ImproperlyConfigured(
            "DEBUG is false, so SECRET_KEY must be set to a long random text."
        )
    if not ALLOWED_HOSTS:
        raise ImproperlyConfigured(
            "DEBUG is false, so ALLOWED_HOSTS must name the hosts that may be served, by commas."
        )
    if USES_SQLITE and not env.bool("ALLOW_SQLITE", default=False):
        raise ImproperlyConfigured(
            "DEBUG is false and the database is SQLite. Set DATABASE_URL to a PostgreSQL server, "
            "or ALLOW_SQLITE=true to run one machine on SQLite knowingly."
        )

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "qmm_pilot.records",
    "qmm_pilot.accounts",
    "qmm_pilot.programs",
    "qmm_pilot.uswds",
    "applications",
    "metrics",
    "assessments",
    "whitenoise.runserver_nostatic",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_countries",
    "crispy_forms",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "qmm_pilot.records.arrival.ArrivalMiddleware",
    "qmm_pilot.headers.HeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "qmm_pilot.accounts.middleware.SignInMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "qmm_pilot.records.middleware.MomentMiddleware",
    "qmm_pilot.accounts.middleware.PersonMiddleware",
    "qmm_pilot.records.middleware.RegisterMiddleware",
]

ROOT_URLCONF = "qmm_pilot.urls"
WSGI_APPLICATION = "qmm_pilot.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "qmm_pilot.accounts.navigation.page_frame",
                "qmm_pilot.records.register.page_mark",
            ],
        },
    },
]

CRISPY_ALLOWED_TEMPLATE_PACKS = "uswds"
CRISPY_TEMPLATE_PACK = "uswds"

# --- People and sign-in ------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["qmm_pilot.accounts.backend.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "qmm_pilot.accounts.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "qmm_pilot.accounts.forms.SignupNameForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_RATE_LIMITS = {
    # Stock counts failures by account alone, which locks the owner out; ours by account and
    # address (accounts.adapter). Failures from everywhere together only slow the answers down.
    "login_failed": "20/m/ip,5/5m/key",
    "login_failed_anywhere": "50/h/key",
}
SIGN_IN_DELAY_SECONDS = 2
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_ADAPTER = "qmm_pilot.accounts.second_factors.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "QMM Pilot Programs"
MFA_FORMS = {
    "authenticate": "qmm_pilot.accounts.factor_forms.SecondStepForm",
    "authenticate_webauthn": "qmm_pilot.accounts.factor_forms.PasskeyForm",
    "reauthenticate": "qmm_pilot.accounts.factor_forms.ConfirmByCodeForm",
    "reauthenticate_webauthn": "qmm_pilot.accounts.factor_forms.ConfirmByPasskeyForm",
    "activate_totp": "qmm_pilot.accounts.factor_forms.AddAppForm",
    "add_webauthn": "qmm_pilot.accounts.factor_forms.AddPasskeyForm",
    "edit_webauthn": "qmm_pilot.accounts.factor_forms.NamePasskeyForm",
    "login_webauthn": "qmm_pilot.accounts.factor_forms.SignInByPasskeyForm",
}

# How long the link of an invitation works, and that of a change of address; how many invitations
# of one organization may stand at once, so that nobody sends mail to the world.
INVITATION_LASTS = timedelta(days=14)
ADDRESS_CHANGE_LASTS = timedelta(days=3)
MOST_STANDING_INVITATIONS = 50
# An address changes by our own deed alone, confirmed at both (A15); allauth's page adds none.
ACCOUNT_MAX_EMAIL_ADDRESSES = 1

# Django's own store in the database, with both limits in each row's end (NIST SP 800-63B, 4.2.3:
# AAL2 asks for 30 minutes without activity and 12 hours in all).
SESSION_ENGINE = "qmm_pilot.accounts.session_store"
SESSION_COOKIE_AGE = 60 * env.int("SESSION_IDLE_MINUTES", default=30)
SESSION_LONGEST = timedelta(hours=env.int("SESSION_LONGEST_HOURS", default=12))
SESSION_WARNING_SECONDS = 180
CSRF_FAILURE_VIEW = "qmm_pilot.accounts.views.session.token_refused"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- Signatures --------------------------------------------------------------------------------
SIGNING_TRIES = 5  # wrong passwords, codes or passkeys in a row
SIGNING_WAIT = timedelta(minutes=15)
# Who builds again what was signed, by kind of subject: strings, for they stand on upper floors.
SIGNED_CONTENT = {
    "applications.participationrequest": "applications.operations.versions.signed_requests",
    "programs.program": "applications.operations.selection.signed_releases",
    "assessments.report": "assessments.operations.reports.signed_reports",
    "assessments.destructioncertificate": "assessments.operations.copies.signed_certificates",
}

CACHES = {
    # In the database, so that limits hold across processes and need no Redis.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
}

# --- Headers -----------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds())
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Asks browsers' makers to build this host in, which takes months to undo: only on purpose.
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
    if not SECURE_HSTS_PRELOAD:
        SILENCED_SYSTEM_CHECKS = ["security.W021"]  # that preload is off
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # The prefix: browsers take these cookies over TLS only, from this very host, for all paths.
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"

# --- Files and pages ---------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's pages read our files
UPLOAD_MAX_BYTES = 25 * 1024 * 1024
# FDA's whole export of inspection classifications was about 60 MB in March 2026, and grows.
INSPECTION_FILE_MAX_BYTES = 200 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_TEMP_DIR = None

# --- Language and time -------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "America/New_York"

# --- Mail --------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="QMM Pilot Programs <qmm@fda.example>")
if DEBUG and not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "qmm_pilot.records.localmail.LocalMailBackend"
else:
    vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10
SITE_ADDRESS = env.str(
    "SITE_ADDRESS", default=f"http://localhost:{env.str('PORT', default='8000')}"
)

# --- Worker ------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object]
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
else:
    for _folder in ("messages", "control"):
        (BROKER_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT = "qmm_pilot.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "messages"),
        "data_folder_out": str(BROKER_DIR / "messages"),
        "control_folder": str(BROKER_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# In memory: a schedule file that a power cut left empty would stop beat at every start.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep jobs": {"task": "records.sweep_jobs", "schedule": 10.0},
    "look for unreachable firms": {
        "task": "applications.find_unreachable",
        "schedule": 86400.0,
    },
    # Often where somebody moves the clock forward by days and looks at what was mailed.
    "remind of the close": {
        "task": "applications.remind_of_close",
        "schedule": 15.0 if DEBUG else 3600.0,
    },
    "look for overdue answers": {
        "task": "applications.find_overdue_answers",
        "schedule": 15.0 if DEBUG else 3600.0,
    },
    "remind of offers": {
        "task": "applications.remind_of_acceptance",
        "schedule": 15.0 if DEBUG else 3600.0,
    },
    "look for unopened letters": {
        "task": "applications.find_unopened_letters",
        "schedule": 15.0 if DEBUG else 3600.0,
    },
    "find what outlives its program": {
        "task": "assessments.find_what_outlives_its_program",
        "schedule": 15.0 if DEBUG else 3600.0,
    },
    "ask for copies": {"task": "assessments.ask_for_copies", "schedule": 3600.0},
    "purge expired cache": {"task": "records.purge_expired", "schedule": 3600.0},
}
if DEBUG:
    CELERY_BEAT_SCHEDULE["tick the demonstration"] = {
        "task": "records.tick_demonstration",
        "schedule": 5.0,
    }

# --- Logs: structured facts, never content ------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "qmm_pilot.logs.FactsFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "weasyprint": {"level": "CRITICAL"},  # prints addresses of the documents
        "fontTools": {"level": "ERROR"},
        "pikepdf": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},  # warns that a folder has no host name
    },
}
