/* SPDX-License-Identifier: MIT */
#include "engine/foreman-unload-all.h"
#include "http/foreman-body.h"
#include "http/foreman-job-access.h"
#include "http/foreman-params.h"
#include "http/foreman-routes.h"
#include "jobs/foreman-job-json.h"

#define FOR_EVER G_MAXINT64

/* What a pause is to be. */
typedef struct
{
  ForemanPauseScope scope;
  gint64 until; /* µs UTC; 0: until somebody resumes */
  gboolean now;
  gboolean unload;
} Wish;

static gboolean
read_scope (const ForemanParams *params, Wish *wish, GError **error)
{
  const char *text = foreman_params_get (params, "scope");

  wish->scope = FOREMAN_PAUSE_JOBS;
  if (!text || g_str_equal (text, "jobs"))
    return TRUE;
  wish->scope = FOREMAN_PAUSE_ALL;
  if (g_str_equal (text, "all"))
    return TRUE;
  g_propagate_error (error, foreman_error_new_field ("scope", "scope must be jobs or all"));
  return FALSE;
}

static gboolean
read_until (const ForemanParams *params, Wish *wish, gint64 now, GError **error)
{
  const char *text = foreman_params_get (params, "until");
  g_autoptr (GDateTime) time = text ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
  gint64 duration = 0;

  if (!foreman_params_get_duration (params, "for", FOR_EVER, &duration, error))
    return FALSE;
  if (!text && (duration > 0 || !foreman_params_get (params, "for")))
    {
      wish->until = duration > 0 ? now + MIN (duration, FOR_EVER - now) : 0;
      return TRUE;
    }
  if (text && foreman_params_get (params, "for"))
    g_propagate_error (error, foreman_error_new_field ("until", "give for or until, not both"));
  else if (!text)
    g_propagate_error (error, foreman_error_new_field ("for", "for must be longer than nothing"));
  else if (!time || (wish->until = g_date_time_to_unix (time) * G_USEC_PER_SEC) <= now)
    g_propagate_error (error,
                       foreman_error_new_field ("until", "until must be a time to come, as in "
                                                         "2030-01-31T07:00:00Z"));
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_wish (ForemanExchange *exchange, GBytes *body, Wish *wish, GError **error)
{
  static const char *const known[] = { "scope", "for", "until", "now", "unload", NULL };
  gint64 now = foreman_clock_get_real (foreman_exchange_get_context (exchange)->clock);
  g_autoptr (ForemanParams) params = foreman_params_read (exchange, known, error);

  *wish = (Wish){ 0 };
  return params && foreman_params_add_body (params, body, error) &&
         read_scope (params, wish, error) && read_until (params, wish, now, error) &&
         foreman_params_get_boolean (params, "now", &wish->now, error) &&
         foreman_params_get_boolean (params, "unload", &wish->unload, error);
}

/* @unloaded: (nullable): the models that were told to go */
static void
answer_pause (ForemanExchange *exchange, const char *const *unloaded)
{
  ForemanPause *pause = foreman_exchange_get_context (exchange)->pause;
  g_autoptr (GString) json = g_string_new (NULL);

  g_string_printf (json, "{\"scope\":\"%s\",\"until\":",
                   foreman_pause_scope_to_string (foreman_pause_get_scope (pause)));
  foreman_job_json_append_time (json, foreman_pause_get_until (pause));
  if (unloaded)
    g_string_append (json, ",\"unloaded\":[");
  for (gsize i = 0; unloaded && unloaded[i]; i++)
    {
      if (i > 0)
        g_string_append_c (json, ',');
      foreman_job_json_append_string (json, unloaded[i]);
    }
  g_string_append (json, unloaded ? "]}" : "}");
  foreman_job_access_answer_json (exchange, json);
}

static void
on_unloaded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) unloaded = foreman_unload_all_finish (FOREMAN_INVENTORY (source), result, &error);

  if (unloaded)
    {
      answer_pause (exchange, (const char *const *) unloaded);
      return;
    }
  g_prefix_error (&error, "paused, but the models could not be unloaded: ");
  foreman_exchange_answer_failure (exchange, error);
}

static void
on_wish (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (ForemanExchange) exchange = FOREMAN_EXCHANGE (source);
  ForemanHttpContext *context = foreman_exchange_get_context (exchange);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = foreman_body_read_finish (exchange, result, &error);
  Wish wish;

  if (!body || !read_wish (exchange, body, &wish, &error))
    {
      foreman_exchange_answer_failure (exchange, error);
      return;
    }
  foreman_pause_set (context->pause, wish.scope, wish.until);
  if (wish.now && context->dispatcher)
    foreman_dispatcher_preempt (context->dispatcher, "paused");
  if (wish.unload)
    foreman_unload_all_async (context->inventory, context->target, NULL, on_unloaded,
                              g_object_ref (exchange));
  else
    answer_pause (exchange, NULL);
}

/**
 * foreman_route_pause:
 * @exchange: an exchange
 *
 * `POST /pause`: no job is begun any more, with the scope `all` no chat either.
 */
void
foreman_route_pause (ForemanExchange *exchange)
{
  foreman_body_read_async (g_object_ref (exchange), on_wish, NULL);
}

/**
 * foreman_route_resume:
 * @exchange: an exchange
 *
 * `POST /resume`: the end of a pause.
 */
void
foreman_route_resume (ForemanExchange *exchange)
{
  foreman_pause_set (foreman_exchange_get_context (exchange)->pause, FOREMAN_PAUSE_NONE, 0);
  answer_pause (exchange, NULL);
}

/**
 * foreman_route_get_pause:
 * @exchange: an exchange
 *
 * `GET /pause`: whether work is paused, and until when.
 */
void
foreman_route_get_pause (ForemanExchange *exchange)
{
  answer_pause (exchange, NULL);
}
