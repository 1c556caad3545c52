/* SPDX-License-Identifier: MIT */
#include "job-target.h"

#include "raw-server.h"

#include <gio/gio.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>

#define STREAM_HEAD                                                                                \
  "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close\r\n\r\n"
#define MODEL "{\"model\":\"m\",\"created_at\":\"2026-01-01T00:00:00Z\","
#define CHUNK(text)                                                                                \
  MODEL "\"message\":{\"role\":\"assistant\",\"content\":\"" text "\"},\"done\":false}\n"
#define LAST                                                                                       \
  MODEL "\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true,"                     \
        "\"done_reason\":\"stop\",\"prompt_eval_count\":7,\"eval_count\":2}\n"

struct JobTarget
{
  RawServer *server; /* (nullable): while it is there */
  char *path;
  /* Not GLib's: what the distribution's does with a futex TSan does not see. */
  pthread_mutex_t lock;
  pthread_cond_t released;
  char *installed; /* what /api/tags says */
  char *resident;  /* what /api/ps says */
  GQueue scripts;
  GPtrArray *prompts; /* the bodies of inferences */
  gboolean is_deaf;
  guint n_releases;
  gboolean is_broken; /* by the last release */
  guint n_held;
  guint n_left;
};

static void
say_status (int fd, const char *status, const char *headers, const char *body)
{
  g_autofree char *head = g_strdup_printf (
      "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%sConnection: "
      "close\r\n\r\n%s",
      status, strlen (body), headers, body);

  raw_say (fd, head);
}

static JobTargetScript
take_script (JobTarget *target, const char *body)
{
  JobTargetScript script;

  pthread_mutex_lock (&target->lock);
  g_ptr_array_add (target->prompts, g_strdup (body));
  script = (JobTargetScript) g_queue_pop_head (&target->scripts);
  pthread_mutex_unlock (&target->lock);
  return script != NULL ? script : job_target_answer;
}

static gboolean
client_left (int fd)
{
  char byte;

  return recv (fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

/* Nobody tells when a client leaves. */
static void
wait_a_little (JobTarget *target)
{
  gint64 until = g_get_real_time () + 5000;
  const struct timespec deadline = { until / G_USEC_PER_SEC, until % G_USEC_PER_SEC * 1000 };

  pthread_cond_timedwait (&target->released, &target->lock, &deadline);
}

static void
say_list (JobTarget *target, int fd, char **list)
{
  g_autofree char *body = NULL;

  pthread_mutex_lock (&target->lock);
  while (target->is_deaf && !client_left (fd))
    wait_a_little (target);
  body = g_strdup (*list);
  pthread_mutex_unlock (&target->lock);
  say_status (fd, "200 OK", "", body);
}

static char *
read_body (int fd, const char *head)
{
  const char *field = strcasestr (head, "content-length:");
  gsize length = field != NULL ? g_ascii_strtoull (field + 15, NULL, 10) : 0;
  char *body = g_malloc0 (length + 1);

  raw_read (fd, body, length);
  return body;
}

static void
serve (int fd, guint nth, gpointer data)
{
  JobTarget *target = data;
  g_autofree char *head = raw_read_head (fd);
  g_autofree char *body = NULL;

  if (head == NULL)
    return;
  body = read_body (fd, head);
  if (g_str_has_prefix (head, "GET /api/tags"))
    say_list (target, fd, &target->installed);
  else if (g_str_has_prefix (head, "GET /api/ps"))
    say_list (target, fd, &target->resident);
  else if (g_str_has_prefix (head, "POST "))
    take_script (target, body) (target, fd, body);
  else
    say_status (fd, "404 Not Found", "", "{}");
  shutdown (fd, SHUT_WR);
  g_main_context_wakeup (NULL);
}

JobTarget *
job_target_new (const char *path)
{
  JobTarget *target = g_new0 (JobTarget, 1);

  target->path = g_strdup (path);
  target->prompts = g_ptr_array_new_with_free_func (g_free);
  g_queue_init (&target->scripts);
  pthread_mutex_init (&target->lock, NULL);
  pthread_cond_init (&target->released, NULL);
  job_target_set_installed (target, "m");
  job_target_set_resident (target, "m");
  job_target_start (target);
  return target;
}

void
job_target_free (JobTarget *target)
{
  job_target_set_deaf (target, FALSE);
  job_target_release (target);
  if (target->server != NULL)
    job_target_stop (target);
  g_ptr_array_unref (target->prompts);
  g_queue_clear (&target->scripts);
  pthread_mutex_destroy (&target->lock);
  pthread_cond_destroy (&target->released);
  g_free (target->installed);
  g_free (target->resident);
  g_free (target->path);
  g_free (target);
}

char *
job_target_dup_url (JobTarget *target)
{
  return g_strconcat ("unix:", target->path, NULL);
}

void
job_target_start (JobTarget *target)
{
  target->server = raw_server_start_unix (target->path, serve, target);
}

void
job_target_stop (JobTarget *target)
{
  raw_server_stop (g_steal_pointer (&target->server));
}

static void
set_list (JobTarget *target, char **list, const char *models)
{
  g_auto (GStrv) names = g_strsplit (models, ",", -1);
  g_autoptr (GString) json = g_string_new ("{\"models\":[");

  for (guint i = 0; names[i] != NULL; i++)
    g_string_append_printf (json, "%s{\"name\":\"%s\",\"digest\":\"1\"}", i > 0 ? "," : "",
                            names[i]);
  g_string_append (json, "]}");
  pthread_mutex_lock (&target->lock);
  g_free (*list);
  *list = g_strdup (json->str);
  pthread_mutex_unlock (&target->lock);
}

void
job_target_set_installed (JobTarget *target, const char *models)
{
  set_list (target, &target->installed, models);
}

void
job_target_set_resident (JobTarget *target, const char *models)
{
  set_list (target, &target->resident, models);
}

void
job_target_push (JobTarget *target, JobTargetScript script)
{
  pthread_mutex_lock (&target->lock);
  g_queue_push_tail (&target->scripts, (gpointer) script);
  pthread_mutex_unlock (&target->lock);
}

void
job_target_set_deaf (JobTarget *target, gboolean is_deaf)
{
  pthread_mutex_lock (&target->lock);
  target->is_deaf = is_deaf;
  pthread_cond_broadcast (&target->released);
  pthread_mutex_unlock (&target->lock);
}

static guint
read_number (JobTarget *target, const guint *number)
{
  guint value;

  pthread_mutex_lock (&target->lock);
  value = *number;
  pthread_mutex_unlock (&target->lock);
  return value;
}

guint
job_target_count_runs (JobTarget *target)
{
  return read_number (target, &target->prompts->len);
}

guint
job_target_count_held (JobTarget *target)
{
  return read_number (target, &target->n_held);
}

guint
job_target_count_left (JobTarget *target)
{
  return read_number (target, &target->n_left);
}

char *
job_target_dup_prompt (JobTarget *target, guint nth)
{
  char *prompt;

  pthread_mutex_lock (&target->lock);
  prompt = nth < target->prompts->len ? g_strdup (target->prompts->pdata[nth]) : NULL;
  pthread_mutex_unlock (&target->lock);
  return prompt;
}

static guint
count_releases (JobTarget *target)
{
  return read_number (target, &target->n_releases);
}

/* Until there are more than so many releases, or its client leaves. */
static gboolean
hold (JobTarget *target, int fd, guint n_releases)
{
  gboolean has_left = FALSE;
  gboolean is_broken;

  pthread_mutex_lock (&target->lock);
  target->n_held++;
  g_main_context_wakeup (NULL);
  while (target->n_releases == n_releases && !(has_left = client_left (fd)))
    wait_a_little (target);
  target->n_held--;
  target->n_left += has_left;
  is_broken = target->is_broken;
  g_main_context_wakeup (NULL);
  pthread_mutex_unlock (&target->lock);
  return !has_left && !is_broken;
}

static void
release (JobTarget *target, gboolean is_broken)
{
  pthread_mutex_lock (&target->lock);
  target->n_releases++;
  target->is_broken = is_broken;
  pthread_cond_broadcast (&target->released);
  pthread_mutex_unlock (&target->lock);
}

void
job_target_release (JobTarget *target)
{
  release (target, FALSE);
}

void
job_target_break (JobTarget *target)
{
  release (target, TRUE);
}

void
job_target_answer (JobTarget *target, int fd, const char *body)
{
  raw_say (fd, STREAM_HEAD CHUNK ("Hello ") CHUNK ("there") LAST);
}

void
job_target_hold_before (JobTarget *target, int fd, const char *body)
{
  if (hold (target, fd, count_releases (target)))
    job_target_answer (target, fd, body);
}

void
job_target_hold_within (JobTarget *target, int fd, const char *body)
{
  guint n_releases = count_releases (target); /* who has read the first words may be quick */

  raw_say (fd, STREAM_HEAD CHUNK ("Hello "));
  if (hold (target, fd, n_releases))
    raw_say (fd, CHUNK ("there") LAST);
}

void
job_target_trickle (JobTarget *target, int fd, const char *body)
{
  guint n_releases = count_releases (target);

  raw_say (fd, STREAM_HEAD CHUNK ("Hello "));
  for (guint i = 0; i < JOB_TARGET_TRICKLE; i++)
    {
      if (!hold (target, fd, n_releases))
        return;
      n_releases = count_releases (target);
      raw_say (fd, CHUNK ("there"));
    }
  if (hold (target, fd, n_releases))
    raw_say (fd, LAST);
}

void
job_target_reset_within (JobTarget *target, int fd, const char *body)
{
  raw_say (fd, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
               "Transfer-Encoding: chunked\r\n\r\n6e\r\n");
}

void
job_target_end_early (JobTarget *target, int fd, const char *body)
{
  raw_say (fd, STREAM_HEAD CHUNK ("Hello "));
}

void
job_target_say_nothing (JobTarget *target, int fd, const char *body)
{
  raw_say (fd, STREAM_HEAD LAST);
}

void
job_target_say_400 (JobTarget *target, int fd, const char *body)
{
  say_status (fd, "400 Bad Request", "", "{\"error\":\"no such thing\"}");
}

void
job_target_say_404 (JobTarget *target, int fd, const char *body)
{
  say_status (fd, "404 Not Found", "", "{\"error\":\"model 'm' not found\"}");
}

void
job_target_say_500 (JobTarget *target, int fd, const char *body)
{
  say_status (fd, "500 Internal Server Error", "", "{\"error\":\"runner has stopped\"}");
}

void
job_target_say_429 (JobTarget *target, int fd, const char *body)
{
  say_status (fd, "429 Too Many Requests", "Retry-After: 120\r\n", "{\"error\":\"slower\"}");
}

void
job_target_say_much (JobTarget *target, int fd, const char *body)
{
  g_autofree char *text = g_strnfill (JOB_TARGET_MUCH / 64, 'x');
  g_autofree char *chunk = g_strconcat (MODEL "\"message\":{\"role\":\"assistant\",\"content\":\"",
                                        text, "\"},\"done\":false}\n", NULL);

  raw_say (fd, STREAM_HEAD);
  for (guint i = 0; i < 64; i++)
    raw_say (fd, chunk);
  raw_say (fd, LAST);
}
