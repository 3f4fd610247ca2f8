"""How ringwatch is run: jars, mapping files, containers, Kubernetes, what Prometheus and Grafana read."""
