"""Dashboards for Grafana, made by code: `make deploy-files` writes them into `dashboards/`.

A query names only metrics that exist.
"""
