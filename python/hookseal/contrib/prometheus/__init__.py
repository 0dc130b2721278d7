"""Counters for Prometheus: add "hookseal.contrib.prometheus" to INSTALLED_APPS.

They are in prometheus-client's default registry, which whatever serves the site's metrics shows already. Where that
package is not installed, the app does nothing.
"""

from __future__ import annotations
