/* SPDX-License-Identifier: MIT */
#include "commands/foreman-submit.h"

#include "commands/foreman-request.h"

static const char summary[] =
    "Makes a job of a request: it outlives this command, foreman and the power. Prints its id.\n\n"
    "  MODEL PROMPT…        a prompt, as with \"ollama run\"; stdin is prompt text too\n"
    "  -f FILE              a request as /api/chat takes it, perhaps with fields of jobs\n"
    "  --batch FILE         one such request a line, or OpenAI's batch input; - is stdin\n"
    "  --each FILE MODEL …  one prompt a line of FILE, which stands for {} in the prompt or "
    "template\n\n"
    "The same batch again submits nothing twice.";

/* Returns: (nullable): what is wrong with the command line as a whole */
static const char *
find_contradiction (const ForemanSubmit *self)
{
  gboolean has_words = *self->words != NULL;
  int ways = (self->file != NULL) + (self->batch != NULL) + (self->each != NULL);
  gboolean is_written = self->file != NULL || self->batch != NULL;

  if (ways > 1)
    return "-f, --batch and --each exclude each other";
  if (!is_written && self->model == NULL)
    return "a model is missing, as in foreman submit llama3.2 \"Why is the sky blue?\"";
  if (is_written && has_words)
    return "the request is in the file, so there is no prompt";
  if (is_written && (self->image_files != NULL || self->options != NULL || self->system != NULL ||
                     self->format != NULL))
    return "the request is in the file, so --image, -o, --system and --format have no place";
  if (self->template != NULL && self->each == NULL)
    return "--template goes with --each";
  if (self->template != NULL && has_words)
    return "the template is the prompt, so there is no other";
  if (self->follow && (self->batch != NULL || self->each != NULL))
    return "--follow is for one job; --wait waits for many";
  return NULL;
}

static gboolean
read_images (ForemanSubmit *self, GError **error)
{
  g_autoptr (GStrvBuilder) images = g_strv_builder_new ();

  for (gsize i = 0; self->image_files != NULL && self->image_files[i] != NULL; i++)
    {
      g_autofree char *image = foreman_request_read_image (self->image_files[i], error);

      if (image == NULL)
        return FALSE;
      g_strv_builder_add (images, image);
    }
  if (self->image_files != NULL)
    self->images = g_strv_builder_end (images);
  return TRUE;
}

static ForemanRequest
get_request (const ForemanSubmit *self, const char *prompt)
{
  return (ForemanRequest){
    .endpoint = self->fields.endpoint,
    .model = self->model,
    .prompt = prompt,
    .system = self->system,
    .format = self->format,
    .images = (const char *const *) self->images,
    .options = (const char *const *) self->options,
  };
}

static gboolean
check (ForemanSubmit *self)
{
  const char *why = find_contradiction (self);
  g_autoptr (GError) error = NULL;
  ForemanRequest request;

  if (why != NULL)
    {
      foreman_command_usage_error (self->command, "%s", why);
      return FALSE;
    }
  request = get_request (self, NULL);
  if (foreman_job_fields_check (&self->fields, &error) && read_images (self, &error) &&
      foreman_request_check (&request, &error))
    return TRUE;
  foreman_command_usage_error (self->command, "%s", error->message);
  return FALSE;
}

/**
 * foreman_submit_parse:
 * @submit: gets what was given
 * @argc: the number of arguments
 * @argv: the arguments, from the command's name on; they outlive @submit
 *
 * Reads a command line, and the pictures that it names. A mistake is told on stderr.
 *
 * Returns: whether the command line is right; otherwise exit with %FOREMAN_EXIT_USAGE
 */
gboolean
foreman_submit_parse (ForemanSubmit *submit, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "file", 'f', 0, G_OPTION_ARG_FILENAME, &submit->file,
      "Submit the request in FILE; - is stdin", "FILE" },
    { "batch", 0, 0, G_OPTION_ARG_FILENAME, &submit->batch, "Submit every line of FILE; - is stdin",
      "FILE" },
    { "each", 0, 0, G_OPTION_ARG_FILENAME, &submit->each,
      "Submit a prompt for every line of FILE; - is stdin", "FILE" },
    { "template", 0, 0, G_OPTION_ARG_STRING, &submit->template,
      "With --each: the prompt; {} is the line, {NAME} a member of a line of JSON", "TEXT" },
    { "image", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &submit->image_files,
      "A picture that goes with the prompt; may be given again", "FILE" },
    { "option", 'o', 0, G_OPTION_ARG_STRING_ARRAY, &submit->options,
      "An option of the model, such as num_ctx=8192; may be given again", "NAME=VALUE" },
    { "system", 0, 0, G_OPTION_ARG_STRING, &submit->system, "The system prompt", "TEXT" },
    { "format", 0, 0, G_OPTION_ARG_STRING, &submit->format, "json, or a JSON schema", "FORMAT" },
    { "wait", 'w', 0, G_OPTION_ARG_NONE, &submit->wait, "Wait for the answer, and print it", NULL },
    { "follow", 0, 0, G_OPTION_ARG_NONE, &submit->follow, "Print the answer as it is written",
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionContext *context =
      foreman_client_options_new_context (&submit->common, entries, "[MODEL [PROMPT…]]", summary);

  submit->command = argv[0];
  foreman_job_fields_add_options (&submit->fields, context);
  if (!foreman_client_options_parse (&submit->common, context, &argc, &argv))
    return FALSE;
  submit->model = argc > 1 ? argv[1] : NULL;
  submit->words = argv + MIN (argc, 2);
  return check (submit);
}

/**
 * foreman_submit_make_request:
 * @submit: what was given
 * @prompt: the prompt
 *
 * Returns: (transfer full): the request as JSON, on one line
 */
char *
foreman_submit_make_request (const ForemanSubmit *submit, const char *prompt)
{
  ForemanRequest request = get_request (submit, prompt);

  return foreman_request_to_json (&request);
}

/**
 * foreman_submit_clear:
 * @submit: what is freed
 */
void
foreman_submit_clear (ForemanSubmit *submit)
{
  foreman_client_options_clear (&submit->common);
  foreman_job_fields_clear (&submit->fields);
  g_free (submit->file);
  g_free (submit->batch);
  g_free (submit->each);
  g_free (submit->template);
  g_strfreev (submit->image_files);
  g_strfreev (submit->images);
  g_strfreev (submit->options);
  g_free (submit->system);
  g_free (submit->format);
}
