/* SPDX-License-Identifier: MIT */
#include "tls-server.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* For localhost and 127.0.0.1, from 2020 to 2120; signed by itself. */
static const char pem[] = "-----BEGIN PRIVATE KEY-----\n"
                          "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgekiqkwyB2gwEmbXn\n"
                          "KIF59ah82xRYtTyRio1E20mEt5WhRANCAAQ6eso8uCZPHZnvYZ6W99K9mTXdLWF0\n"
                          "/4lZUz3PFpN0jSu3AhbojqxvhFeLHHavC9mIY4NvblyLUIljpm6ITOyB\n"
                          "-----END PRIVATE KEY-----\n"
                          "-----BEGIN CERTIFICATE-----\n"
                          "MIIBZzCCAQ2gAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv\n"
                          "c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM\n"
                          "CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDp6yjy4Jk8dme9h\n"
                          "npb30r2ZNd0tYXT/iVlTPc8Wk3SNK7cCFuiOrG+EV4scdq8L2Yhjg29uXItQiWOm\n"
                          "bohM7IGjTjBMMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAPBgNVHRMBAf8E\n"
                          "BTADAQH/MB0GA1UdDgQWBBRIPM3v1gDPc8AeISSKJTXIj7RwODAKBggqhkjOPQQD\n"
                          "AgNIADBFAiEA8cd/f50ldDy4W1OMkvU7uUqC/DH6b6/7fCsjlLP+hIECIEkonP8l\n"
                          "wvVNZn/l4HGOO2gX4yPaHFKxZelVbLvkD2DQ\n"
                          "-----END CERTIFICATE-----\n";

/* GCC 12's LeakSanitizer crashes in any program that has loaded the system's certificates. */
const char *__asan_default_options (void);

const char *
__asan_default_options (void)
{
  return "detect_leaks=0";
}

gboolean
tls_read_request (GInputStream *in)
{
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  while (!g_str_has_suffix (head->str, "\r\n\r\n"))
    {
      if (g_input_stream_read (in, &byte, 1, NULL, NULL) != 1)
        return FALSE;
      g_string_append_c (head, byte);
    }
  return TRUE;
}

void
serve_tls (int fd, guint nth, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new_from_fd (fcntl (fd, F_DUPFD_CLOEXEC, 0), NULL);
  g_autoptr (GSocketConnection) base = g_socket_connection_factory_create_connection (socket);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, &error);
  g_autoptr (GIOStream) tls = g_tls_server_connection_new (G_IO_STREAM (base), certificate, &error);

  g_assert_no_error (error);
  if (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    ((TlsScript) data) (g_io_stream_get_input_stream (tls), g_io_stream_get_output_stream (tls));
  /* without a farewell */
  g_socket_close (socket, NULL);
}

static char *trusted; /* (owned) (nullable): a file's path; read when it is first needed */

void
tls_trust_ourselves (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsDatabase) database = NULL;
  int fd = g_file_open_tmp ("foreman-XXXXXX.pem", &trusted, &error);

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (trusted, strstr (pem, "-----BEGIN CERTIFICATE"), -1, &error);
  g_assert_no_error (error);
  database = g_tls_file_database_new (trusted, &error);
  g_assert_no_error (error);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), database);
}

void
tls_forget_ourselves (void)
{
  if (trusted != NULL)
    unlink (trusted);
  g_clear_pointer (&trusted, g_free);
}
