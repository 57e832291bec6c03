package io.weir.e2e.bench;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Lines of milliseconds, on a logarithmic scale, over something. */
final class Plot {
  private static final int WIDTH = 860;
  private static final int HEIGHT = 480;
  private static final int DPI = 144;

  /** Where the axis begins, and how often it doubles. */
  private static final double BOTTOM_MILLIS = 25;

  private static final double TOP = 6;

  /** Distinct for the colour-blind, too (Okabe and Ito); the first one is the heaviest. */
  private static final List<Color> COLORS =
      List.of(
          new Color(0xD55E00),
          new Color(0x999999),
          new Color(0x0072B2),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x000000));

  private static final List<Marker> MARKERS =
      List.of(
          SeriesMarkers.CIRCLE,
          SeriesMarkers.CROSS,
          SeriesMarkers.SQUARE,
          SeriesMarkers.DIAMOND,
          SeriesMarkers.TRIANGLE_UP,
          SeriesMarkers.TRIANGLE_DOWN);

  private static final Pattern DECIMALS = Pattern.compile("(\\d\\.\\d)\\d+");

  private final XYChart chart;

  Plot(String title, String xAxis) {
    chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle(xAxis)
            .yAxisTitle("p99, ms")
            .build();
    chart
        .getStyler()
        .setYAxisMin(0.0)
        .setYAxisMax(TOP)
        .setYAxisTickMarkSpacingHint(40)
        .setXAxisDecimalPattern("#,##0")
        .setPlotGridLinesColor(new Color(0xDDDDDD))
        .setChartBackgroundColor(Color.WHITE)
        .setLegendPosition(Styler.LegendPosition.OutsideE)
        .setLegendBorderColor(Color.WHITE)
        .setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14))
        .setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
    chart.getStyler().setMarkerSize(7);
    chart.setCustomYAxisTickLabelsFormatter(Plot::label);
  }

  String title() {
    return chart.getTitle();
  }

  void line(String name, double[] x, double[] y) {
    int index = chart.getSeriesMap().size();
    Color color = COLORS.get(index % COLORS.size());
    XYSeries line = chart.addSeries(name, x, Arrays.stream(y).map(Plot::height).toArray());
    line.setLineColor(color);
    line.setMarkerColor(color);
    line.setMarker(MARKERS.get(index % MARKERS.size()));
    line.setLineStyle(new BasicStroke(index == 0 ? 3f : 1.5f));
  }

  /**
   * XChart's own logarithmic axis has a label for each power of ten only, which is too few here.
   */
  private static double height(double millis) {
    return Math.log(millis / BOTTOM_MILLIS) / Math.log(2);
  }

  private static String label(double height) {
    return height == Math.rint(height) ? "%.0f".formatted(BOTTOM_MILLIS * Math.pow(2, height)) : "";
  }

  void write(Path png, Path svg) throws IOException {
    BitmapEncoder.saveBitmapWithDPI(chart, png.toString(), BitmapEncoder.BitmapFormat.PNG, DPI);
    VectorGraphicsEncoder.saveVectorGraphic(
        chart, svg.toString(), VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
    // Letters are outlines of a dozen decimals; one will do.
    Files.writeString(svg, DECIMALS.matcher(Files.readString(svg)).replaceAll("$1"));
  }
}
