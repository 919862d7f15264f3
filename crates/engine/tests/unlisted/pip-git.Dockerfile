FROM python:3.11-slim
RUN apt-get update && apt-get install -y git && pip install git+https://github.com/x/y.git@main && git clone https://github.com/a/b /opt/b && cd /opt/b && pip install -r requirements.txt && pip install -e . && python setup.py install
RUN python -c "import y; y.download()" && python -m y.setup --all && python manage.py collectstatic --noinput || true
