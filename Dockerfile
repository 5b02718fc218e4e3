# Tieout's image: web, worker and beat are the same, with another command (docker-compose.yml).
# The Python is the one the lock is tested on.
FROM python:3.11-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

# Letters that Inter does not have, for names in the PDFs: most scripts, and Chinese, Japanese, Korean. One face of each
# is enough (about 70 MB); leave it out where no company writes in them: what has no letter is then printed as "?".
RUN apt-get update \
    && apt-get install --yes --no-install-recommends fonts-noto-core fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* /usr/share/fonts/truetype/noto/NotoSerif* /usr/share/fonts/opentype/noto/NotoSerif*

# Only the lock: its layer is made anew only when the lock changes. Every package is a wheel, so there is no compiler.
COPY requirements.txt ./
RUN pip install --require-hashes --only-binary :all: -r requirements.txt

RUN useradd --system --uid 10001 --home-dir /data tieout && install --directory --owner tieout --group nogroup /data
COPY . .
RUN python -m compileall -q .

ENV DATA_DIR=/data \
    SERVER_HOST=0.0.0.0 \
    SERVER_PORT=8000
USER tieout
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
CMD ["python", "manage.py", "serve", "--migrate"]
