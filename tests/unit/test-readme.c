/* SPDX-License-Identifier: MIT */
/* README's tables say what the code says. A row begins with `| ` and is known by its first cell. */
#include "daemon/foreman-gauges.h"
#include "engine/foreman-config-keys.h"
#include "http/foreman-exchange.h"
#include "http/foreman-http-metrics.h"
#include "http/foreman-router.h"
#include "jobs/foreman-job-metrics.h"

#include <string.h>

static char *
read_file (const char *folder, const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* Returns: (transfer full): the rows under @heading whose first cell begins with @prefix, as cells
 */
static GPtrArray *
read_rows (const char *heading, const char *prefix)
{
  g_autofree char *text = read_file (".", "README.md");
  g_autofree char *start = g_strconcat ("\n## ", heading, "\n", NULL);
  char *section = strstr (text, start);
  char *end;
  g_auto (GStrv) lines = NULL;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);

  g_assert_nonnull (section);
  section += strlen (start);
  end = strstr (section, "\n## ");
  if (end)
    *end = '\0';
  lines = g_strsplit (section, "\n", -1);
  for (gsize i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "| ") && g_str_has_prefix (lines[i] + 2, prefix))
      {
        char **cells = g_strsplit (lines[i] + 2, "|", -1);

        for (gsize c = 0; cells[c]; c++)
          g_strstrip (cells[c]);
        g_ptr_array_add (rows, cells);
      }
  return rows;
}

/* Takes @item out of the set, which has to hold it. */
static void
expect (GHashTable *documented, const char *item)
{
  if (!g_hash_table_remove (documented, item))
    g_error ("README has not: %s", item);
}

static void
expect_no_more (GHashTable *documented)
{
  GHashTableIter iter;
  gpointer item;

  g_hash_table_iter_init (&iter, documented);
  while (g_hash_table_iter_next (&iter, &item, NULL))
    g_error ("README has, and the code has not: %s", (char *) item);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* What stands between backquotes in @cell: `METHODS PATH`, or `*` for all else. */
static void
add_routes (GHashTable *documented, const char *scope, const char *cell)
{
  g_auto (GStrv) parts = g_strsplit (cell, "`", -1);

  for (gsize i = 1; i < g_strv_length (parts); i += 2)
    {
      const char *space = g_str_equal (parts[i], "*") ? "" : " ";

      if (!g_hash_table_add (documented,
                             g_strdup_printf ("%s: %s%s", scope, *space ? "" : " ", parts[i])))
        g_error ("README has twice: %s", parts[i]);
    }
}

static void
scopes_are_those_of_the_router (void)
{
  g_autoptr (GPtrArray) rows = read_rows ("Scopes", "");
  g_autoptr (GHashTable) documented = new_set ();
  gsize n;
  const ForemanRoute *routes = foreman_router_get_table (&n);

  for (guint i = 0; i < rows->len; i++)
    add_routes (documented, ((GStrv) rows->pdata[i])[0], ((GStrv) rows->pdata[i])[1]);
  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *scope = routes[i].scope == FOREMAN_SCOPE_NONE
                                   ? g_strdup ("none")
                                   : foreman_scopes_to_string (routes[i].scope);
      g_autofree char *item =
          g_strdup_printf ("%s: %s %s", scope, routes[i].methods, routes[i].path);

      expect (documented, item);
    }
  expect_no_more (documented);
}

static void
settings_are_those_of_the_shipped_file (void)
{
  g_autoptr (GPtrArray) rows = read_rows ("Settings", "`FOREMAN_");
  g_autofree char *text = read_file ("data", "foreman.conf");
  g_autoptr (GKeyFile) shipped = g_key_file_new ();
  g_autoptr (GHashTable) documented = new_set ();

  g_assert_true (g_key_file_load_from_data (shipped, text, -1, G_KEY_FILE_NONE, NULL));
  for (guint i = 0; i < rows->len; i++)
    {
      GStrv cells = rows->pdata[i];

      g_hash_table_add (documented,
                        g_strdup_printf ("%s | %s |%s", cells[0], cells[1],
                                         strstr (cells[2], "*restart*") ? " *restart*" : ""));
    }
  for (ForemanConfigKey key = 0; key < FOREMAN_CONFIG_N_KEYS; key++)
    {
      g_autofree char *value =
          g_key_file_get_value (shipped, "foreman", foreman_config_key_get_name (key), NULL);
      const char *quote = *value ? "`" : "";
      g_autofree char *item =
          g_strdup_printf ("`%s` | %s%s%s |%s", foreman_config_key_get_env_name (key), quote, value,
                           quote, foreman_config_key_is_reloadable (key) ? "" : " *restart*");

      expect (documented, item);
    }
  expect_no_more (documented);
}

/* The names of the labels of a series, `{class,code}`, without the bounds of a histogram. */
static char *
labels_of (const char *metrics, const char *name)
{
  g_autoptr (GRegex) labels = NULL;
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *pattern = g_strdup_printf ("^%s(_count)?({.*})? ", name);
  g_autofree char *found = NULL;
  g_autoptr (GRegex) value = g_regex_new ("=\"[^\"]*\"", 0, 0, NULL);

  labels = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  if (!g_regex_match (labels, metrics, 0, &match))
    g_error ("there is no series of %s", name);
  found = g_match_info_fetch (match, 2);
  return g_regex_replace_literal (value, found, -1, 0, "", 0, NULL);
}

/* A chat that was answered, and one whose client left: each series has a sample then. */
static void
count_requests (ForemanHttpMetrics *metrics)
{
  ForemanRecord record = {
    .model = (char *) "m",
    .route = foreman_router_find ("POST", "/api/chat"),
    .stage = FOREMAN_STAGE_STREAMING,
    .started = 1,
    .first_byte = 2,
    .finished = 3,
    .usage = { .prompt_tokens = 1, .completion_tokens = 1, .completion_duration = 1 },
    .status = 200,
    .gated = TRUE,
  };

  foreman_http_metrics_count (metrics, &record);
  record.client_left = TRUE;
  foreman_http_metrics_count (metrics, &record);
}

static char *
render_metrics (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ForemanMetrics) metrics = foreman_metrics_new ();
  g_autoptr (ForemanReactor) reactor = foreman_reactor_new (NULL);
  g_autoptr (ForemanClock) clock = foreman_clock_new_manual (1, 1);
  g_autoptr (ForemanTarget) target =
      foreman_target_new (reactor, "http://127.0.0.1:9", NULL, &error);
  g_autoptr (ForemanInventory) inventory = foreman_inventory_new (target, clock, G_USEC_PER_SEC);
  g_autoptr (ForemanGate) gate = foreman_gate_new (clock, "1", 1, 1, &error);
  const ForemanStoreLimits limits = { 0 };
  g_autoptr (ForemanStore) store = foreman_store_new ("/nonexistent/foreman.db", &limits);
  g_autoptr (ForemanJobMetrics) jobs = foreman_job_metrics_new (metrics, store);
  ForemanHttpContext context = { .clock = clock, .inventory = inventory, .gate = gate };
  ForemanHttpMetrics *counted = foreman_http_metrics_new (metrics);
  char *text;

  foreman_gauges_add (metrics, &context);
  count_requests (counted);
  foreman_job_metrics_count (jobs, "done", 1);
  text = foreman_http_metrics_render (counted);
  foreman_http_metrics_free (counted);
  return text;
}

static void
metrics_are_those_that_are_served (void)
{
  g_autoptr (GPtrArray) rows = read_rows ("Metrics", "`foreman_");
  g_autoptr (GHashTable) documented = new_set ();
  g_autofree char *metrics = render_metrics ();
  g_auto (GStrv) lines = g_strsplit (metrics, "\n", -1);

  for (guint i = 0; i < rows->len; i++)
    g_hash_table_add (documented, g_strdup_printf ("%s | %s", ((GStrv) rows->pdata[i])[0],
                                                   ((GStrv) rows->pdata[i])[1]));
  for (gsize i = 0; lines[i]; i++)
    if (g_str_has_prefix (lines[i], "# TYPE "))
      {
        g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
        g_autofree char *labels = labels_of (metrics, words[2]);
        g_autofree char *item = g_strdup_printf ("`%s%s` | %s", words[2], labels, words[3]);

        expect (documented, item);
      }
  expect_no_more (documented);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/readme/scopes", scopes_are_those_of_the_router);
  g_test_add_func ("/readme/settings", settings_are_those_of_the_shipped_file);
  g_test_add_func ("/readme/metrics", metrics_are_those_that_are_served);
  return g_test_run ();
}
