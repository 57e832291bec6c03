# Varnish as an HTTP proxy that caches nothing.
vcl 4.1;
import directors;

backend origin1 { .host = "127.0.0.1"; .port = "@origin1@"; }
backend origin2 { .host = "127.0.0.1"; .port = "@origin2@"; }
backend origin3 { .host = "127.0.0.1"; .port = "@origin3@"; }

sub vcl_init {
  new origins = directors.round_robin();
  origins.add_backend(origin1);
  origins.add_backend(origin2);
  origins.add_backend(origin3);
}

sub vcl_recv {
  set req.backend_hint = origins.backend();
  set req.http.X-Forwarded-Proto = "http";
  set req.http.X-Forwarded-Host = req.http.Host;
  set req.http.X-Forwarded-Port = "@listen@";
  return (pass);
}
