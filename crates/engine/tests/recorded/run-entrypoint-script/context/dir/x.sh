#!/bin/sh
echo "x says $1"
exit ${2:-0}
