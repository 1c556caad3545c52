/* SPDX-License-Identifier: MIT */
#include "job-story.h"

static void
job_story_free (JobStory *self)
{
  g_free (self->id);
  g_free (self->key);
  g_array_unref (self->states);
  g_clear_pointer (&self->completion, g_bytes_unref);
  g_free (self);
}

Chronicle *
chronicle_new (void)
{
  Chronicle *self = g_new0 (Chronicle, 1);

  self->stories =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) job_story_free);
  self->problems = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
chronicle_free (Chronicle *self)
{
  g_hash_table_unref (self->stories);
  g_ptr_array_unref (self->problems);
  g_free (self);
}

JobStory *
chronicle_ensure (Chronicle *self, const char *id)
{
  JobStory *story = g_hash_table_lookup (self->stories, id);

  if (story)
    return story;
  story = g_new0 (JobStory, 1);
  story->id = g_strdup (id);
  story->states = g_array_new (FALSE, FALSE, sizeof (StoryState));
  g_hash_table_insert (self->stories, story->id, story);
  return story;
}

void
chronicle_add_problem (Chronicle *self, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (self->problems, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
job_story_add_state (JobStory *self, ForemanJobState state, guint position)
{
  StoryState added = { .state = state, .position = position };

  g_array_append_val (self->states, added);
}

/* How many of its states had been told of when the recording stood there. */
guint
job_story_count_states (const JobStory *self, guint position)
{
  guint count = 0;

  while (count < self->states->len &&
         g_array_index (self->states, StoryState, count).position <= position)
    count++;
  return count;
}
