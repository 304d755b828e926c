"""The web server's settings, the same in the demonstration and in deployment.

Threads of few processes, since pages wait for the database; behind nginx, since 50 slow clients
stop a bare gunicorn.
"""

import os

bind = os.environ.get("BIND", "127.0.0.1:{}".format(os.environ.get("PORT", "8000")))
worker_class = "gthread"
workers = 2
threads = 4
# A request that takes longer is broken: long work belongs to the worker.
timeout = 60
graceful_timeout = 20
# Heartbeats must not wait for a busy disk; gunicorn makes and unlinks a private file there.
memory = "/dev/shm"  # nosec B108
worker_tmp_dir = memory if os.path.isdir(memory) else None
# Nothing is written to the home folder.
control_socket_disable = True
errorlog = "-"
loglevel = "warning"
