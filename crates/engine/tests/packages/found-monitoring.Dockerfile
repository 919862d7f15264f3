FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends zabbix-agent snmpd snmp monitoring-plugins-basic lm-sensors smartmontools && rm -rf /var/lib/apt/lists/*
