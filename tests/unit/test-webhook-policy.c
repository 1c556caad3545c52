/* SPDX-License-Identifier: MIT */
#include "jobs/foreman-webhook-policy.h"
#include "libforeman/foreman-error.h"

#include <string.h>

#include "config-fixture.h"

typedef struct
{
  const char *allow; /* FOREMAN_WEBHOOK_ALLOW */
  gboolean is_trusted;
  const char *address;
  gboolean is_allowed;
} Case;

static const Case cases[] = {
  { "", FALSE, "1.1.1.1", TRUE },
  { "", TRUE, "1.1.1.1", TRUE },
  { "", FALSE, "2606:4700:4700::1111", TRUE },
  { "", FALSE, "::ffff:1.1.1.1", TRUE },
  { "", FALSE, "64:ff9b::101:101", TRUE }, /* 1.1.1.1 through a translator */

  { "", TRUE, "127.0.0.1", TRUE },
  { "", TRUE, "127.1.2.3", TRUE },
  { "", TRUE, "::ffff:127.0.0.1", TRUE },
  { "", FALSE, "127.0.0.1", FALSE },
  { "", FALSE, "::1", FALSE },
  { "", FALSE, "::ffff:127.0.0.1", FALSE },
  { "", FALSE, "64:ff9b::7f00:1", FALSE },
  { "", FALSE, "2002:7f00:1::", FALSE },
  { "", FALSE, "2001:0:1:2::", FALSE },
  { "", FALSE, "10.1.2.3", FALSE },
  { "", FALSE, "172.31.255.255", FALSE },
  { "", FALSE, "172.32.0.0", TRUE },
  { "", FALSE, "192.168.7.7", FALSE },
  { "", FALSE, "100.100.100.200", FALSE },
  { "", FALSE, "fd00:ec2::254", FALSE },
  { "", FALSE, "0.0.0.0", FALSE },
  { "", TRUE, "0.0.0.0", FALSE },
  { "", FALSE, "::", FALSE },
  { "", TRUE, "255.255.255.255", FALSE },
  { "", TRUE, "224.0.0.1", FALSE },
  { "", TRUE, "ff02::1", FALSE },

  { "", TRUE, "169.254.169.254", FALSE },
  { "", TRUE, "::ffff:169.254.169.254", FALSE },
  { "", TRUE, "64:ff9b::a9fe:a9fe", FALSE },
  { "", TRUE, "fe80::1", FALSE },
  { "169.254.0.0/16,fe80::/10,0.0.0.0/0,::/0", TRUE, "169.254.169.254", FALSE },
  { "169.254.0.0/16,fe80::/10,0.0.0.0/0,::/0", TRUE, "fe80::1", FALSE },

  { "10.0.0.0/8,fd00::/8", FALSE, "10.1.2.3", TRUE },
  { "10.0.0.0/8,fd00::/8", FALSE, "fd12::1", TRUE },
  { "10.0.0.0/8,fd00::/8", FALSE, "1.1.1.1", FALSE },
  { "10.0.0.0/8,fd00::/8", TRUE, "127.0.0.1", FALSE },
};

static void
test_address (gconstpointer data)
{
  const Case *c = data;
  g_autofree char *setting = g_strconcat ("WEBHOOK_ALLOW=", c->allow, NULL);
  g_autoptr (ForemanConfig) config = make_config (setting);
  g_autoptr (ForemanWebhookPolicy) policy = foreman_webhook_policy_new (config, c->is_trusted);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (c->address);

  g_assert_nonnull (address);
  g_assert_true (foreman_webhook_policy_allows (policy, address) == c->is_allowed);
}

static void
test_url_that_is_taken (gconstpointer url)
{
  g_autoptr (ForemanConfig) config = make_config (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (foreman_webhook_check_url (config, url, TRUE, &error));
  g_assert_no_error (error);
}

static void
test_url_that_is_refused (gconstpointer data)
{
  const char *const *url = data; /* it, and what the message says */
  g_autoptr (ForemanConfig) config = make_config (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (foreman_webhook_check_url (config, url[0], FALSE, &error));
  g_assert_error (error, FOREMAN_ERROR, FOREMAN_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (foreman_error_get_field (error), ==, "state_webhook_url");
  g_assert_nonnull (strstr (error->message, url[1]));
  g_assert_null (strstr (error->message, "secret"));
}

static void
test_who_is_trusted (void)
{
  g_assert_true (foreman_webhook_submitter_is_trusted ("local"));
  g_assert_true (foreman_webhook_submitter_is_trusted ("token:ci"));
  g_assert_true (foreman_webhook_submitter_is_trusted ("uid:1000"));
  g_assert_false (foreman_webhook_submitter_is_trusted ("192.168.1.7"));
  g_assert_false (foreman_webhook_submitter_is_trusted ("fd00::7"));
}

int
main (int argc, char **argv)
{
  static const char *const taken[] = {
    "http://example.org",
    "https://example.org/hook?secret=1#x",
    "http://127.0.0.1:8000/",
    "http://[::ffff:127.0.0.1]:8000/",
    "HTTPS://Example.org:8443/a/b",
    "http://localhost:1",
    "http://b\303\274cher.example/",
    "http://my_box.lan./",
    "http://0.pool.example/",
  };
  static const char *const refused[][2] = {
    { "", "not a URL" },
    { "example.org/hook", "not a URL" },
    { "ftp://example.org/", "scheme" },
    { "file:///etc/passwd", "scheme" },
    { "unix:/run/x", "scheme" },
    { "http://", "host" },
    { "http:///secret", "host" },
    { "http://me:secret@example.org/", "password" },
    { "http://example.org:0/", "port" },
    { "http://a b/", "neither" },
    { "http://a%00b/", "not a URL" },
    { "http://a%0Ab/", "neither" },
    { "http://a..b/", "neither" },
    { "http://./", "neither" },
    { "http://0/", "neither" },
    { "http://127.1/", "neither" },
    { "http://0x7f.0x1/", "neither" },
    { "http://10.0.0.256/", "neither" },
    { "http://127.0.0.1/", "FOREMAN_WEBHOOK_ALLOW" },
    { "http://[::1]/secret", "FOREMAN_WEBHOOK_ALLOW" },
    { "http://169.254.169.254/latest", "link-local" },
    { "http://[fe80::1]/", "link-local" },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/webhook-policy/address/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, &cases[i], test_address);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      g_autofree char *path = g_strdup_printf ("/webhook-policy/taken/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, taken[i], test_url_that_is_taken);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autofree char *path = g_strdup_printf ("/webhook-policy/refused/%" G_GSIZE_FORMAT, i);

      g_test_add_data_func (path, refused[i], test_url_that_is_refused);
    }
  g_test_add_func ("/webhook-policy/trusted", test_who_is_trusted);
  return g_test_run ();
}
