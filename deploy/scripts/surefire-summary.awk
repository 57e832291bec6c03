# Reads surefire's TEST-*.xml files and prints a line per module, each failure and each skip with its
# reason, and last `N passed, N failed, N skipped`. Exits 1 if a test failed or none ran.
# -v root=FOLDER/ is cut from the file names; -v crashed=N counts test JVMs that died, each as a failure.

function attribute(name,   text, at) {
  text = " " $0
  at = index(text, " " name "=\"")
  if (!at) return ""
  text = substr(text, at + length(name) + 3)
  text = substr(text, 1, index(text, "\"") - 1)
  gsub(/&#10;|&#xa;|\n/, " ", text)
  gsub(/&lt;/, "<", text); gsub(/&gt;/, ">", text); gsub(/&quot;/, "\"", text); gsub(/&apos;/, "'", text)
  gsub(/&#13;|&#9;/, " ", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

function short(text) {
  gsub(/[ \t]+/, " ", text)
  return length(text) > 240 ? substr(text, 1, 240) "..." : text
}

BEGIN { RS = "<" }

FNR == 1 {
  module = FILENAME
  if (index(module, root) == 1) module = substr(module, length(root) + 1)
  sub(/\/?target\/.*/, "", module)
  if (module == "") module = "script"
  if (!(module in seen)) { seen[module] = 1; order[++modules] = module }
  quoted = 0
}

# What a test printed may look like XML; it is quoted.
quoted { if (index($0, "]]>")) quoted = 0; next }
/^!\[CDATA\[/ { if (!index($0, "]]>")) quoted = 1; next }

/^testsuite[ \n]/ { time[module] += attribute("time") }
/^testcase[ \n]/ {
  tests[module]++
  title = attribute("classname")
  sub(/.*\./, "", title)
  if (attribute("name") != "") title = title ": " attribute("name")
}
/^(failure|error)[ \n>]/ {
  failed[module]++
  text = attribute("message")
  failure[++failures] = module "  " short(title) "\n    " short(text == "" ? attribute("type") : text)
}
/^skipped[ \n\/>]/ {
  skipped[module]++
  text = attribute("message")
  skip[++skips] = module "  " short(title) "\n    " short(text == "" ? "no reason given" : text)
}

END {
  printf "\n%-12s %7s %7s %8s %9s\n", "module", "passed", "failed", "skipped", "time"
  for (i = 1; i <= modules; i++) {
    m = order[i]
    passed = tests[m] - failed[m] - skipped[m]
    printf "%-12s %7d %7d %8d %7.1f s\n", m, passed, failed[m], skipped[m], time[m]
    all_passed += passed; all_failed += failed[m]; all_skipped += skipped[m]
  }
  if (skips) print "\nSkipped:"
  for (i = 1; i <= skips; i++) print "  " skip[i]
  if (failures) print "\nFailed:"
  for (i = 1; i <= failures; i++) print "  " failure[i]
  if (crashed) printf "\n%d test JVM(s) died or hung before they were done\n", crashed
  all_failed += crashed
  printf "\n%d passed, %d failed, %d skipped\n", all_passed, all_failed, all_skipped
  exit all_failed > 0 || all_passed == 0
}
