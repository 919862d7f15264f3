FROM python:3.12-alpine
RUN apk add --no-cache --virtual .build-deps gcc musl-dev libffi-dev && pip install cryptography && apk del .build-deps
RUN adduser -D app && su app -c 'id' && echo ok
USER app
CMD ["python"]
