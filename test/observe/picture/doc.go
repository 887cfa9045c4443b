// Package picture draws a Grafana dashboard file as an SVG image, with data that a
// caller has put beside its queries. It draws what the house's dashboards use, stats
// and time series with their units, colours, stacking, thresholds and axes, and
// nothing else. It is not Grafana and says so in every picture.
package picture
