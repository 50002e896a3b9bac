#!/bin/sh
# Makes the three sample nights anew, to the byte.
set -e
cd "$(dirname "$0")"
detector simulate ankle_night.csv.gz --placement ankle --format axivity --hz 25 --hours 7.5 --seed 60 --plm-per-h 25 --start 2026-03-02T22:41:07 --force
detector simulate wrist_night.csv.gz --placement wrist --format actigraph --hz 30 --hours 7.5 --seed 67 --plm-per-h 30 --start 2026-03-04T22:55:00 --force
detector simulate phone_on_mattress.csv.gz --placement mattress --format sensor_logger --hz 20 --hours 6.25 --seed 55 --plm-per-h 20 --start 2026-03-06T23:20:00 --force
