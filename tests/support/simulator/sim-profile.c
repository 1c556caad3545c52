/* SPDX-License-Identifier: MIT */
#include "sim-config.h"

/* Ready-made configurations, in the form --config takes. */

/* The machine and the models of the recorded exchanges with a real Ollama 0.24.0. */
static const char transcripts[] =
    "{\"version\":\"0.24.0\",\"models_path\":\"/"
    "models\",\"num_ctx\":4096,\"memory\":\"8G\",\"models\":["
    "{\"name\":\"tiny\",\"size\":734681,\"family\":\"llama\",\"parameter_size\":\"179K\","
    "\"quantization\":\"unknown\",\"capabilities\":[\"completion\",\"tools\"],"
    "\"context_length\":4096,\"embedding_length\":64,\"block_count\":2,\"feed_forward_length\":128,"
    "\"head_count\":4,\"vocab_size\":754,\"license\":\"MIT\",\"system\":\"be brief\","
    "\"template\":\"{{- if .Tools }}tools {{ .Tools }} {{ end }}{{- range .Messages }}{{ .Role }} "
    "{{ .Content }}{{- range .ToolCalls }}call {{ .Function.Name }} {{ .Function.Arguments }}"
    "{{ end }} {{ end }}\",\"parameters\":{\"temperature\":0,\"num_predict\":24},"
    "\"load_seconds\":0.05,\"prefill_tokens_per_second\":20000,\"tokens_per_second\":2000,"
    "\"answer_tokens\":0,\"loops\":true,\"vocabulary\":\"syllables\"},"
    "{\"name\":\"tiny2\",\"size\":1190054,\"family\":\"llama\",\"parameter_size\":\"293K\","
    "\"quantization\":\"unknown\",\"capabilities\":[\"completion\"],\"context_length\":4096,"
    "\"embedding_length\":96,\"block_count\":2,\"feed_forward_length\":128,\"head_count\":4,"
    "\"vocab_size\":754,\"parameters\":{\"temperature\":0},\"load_seconds\":0.05,"
    "\"prefill_tokens_per_second\":20000,\"tokens_per_second\":2000,\"answer_tokens\":0,"
    "\"loops\":true,\"vocabulary\":\"syllables\"},"
    "{\"name\":\"embed\",\"size\":425800,\"family\":\"bert\",\"parameter_size\":\"105K\","
    "\"quantization\":\"unknown\",\"capabilities\":[\"embedding\"],\"context_length\":512,"
    "\"embedding_length\":64,\"block_count\":2,\"feed_forward_length\":128,\"head_count\":4,"
    "\"vocab_size\":82,\"load_seconds\":0.05,\"prefill_tokens_per_second\":200000,"
    "\"vocabulary\":\"syllables\"}]}";

/* What `./dev run` offers where there is no Ollama. */
static const char standard[] =
    "{\"version\":\"0.24.0\",\"memory\":\"12G\",\"gpu\":true,\"models\":["
    "{\"name\":\"llama3.2\",\"size\":2019393189,\"family\":\"llama\",\"parameter_size\":\"3.2B\","
    "\"quantization\":\"Q4_K_M\",\"capabilities\":[\"completion\",\"tools\"],"
    "\"context_length\":131072,\"embedding_length\":3072,\"block_count\":28,"
    "\"feed_forward_length\":8192,\"head_count\":24,\"head_count_kv\":8,\"vocab_size\":128256,"
    "\"load_seconds\":1.2,\"prefill_tokens_per_second\":2500,\"tokens_per_second\":70,"
    "\"answer_tokens\":[20,90]},"
    "{\"name\":\"qwen3:8b\",\"size\":5225388164,\"family\":\"qwen3\",\"parameter_size\":\"8.2B\","
    "\"quantization\":\"Q4_K_M\",\"capabilities\":[\"completion\",\"tools\",\"thinking\"],"
    "\"context_length\":40960,\"embedding_length\":4096,\"block_count\":36,"
    "\"feed_forward_length\":12288,\"head_count\":32,\"head_count_kv\":8,\"vocab_size\":151936,"
    "\"load_seconds\":2.5,\"prefill_tokens_per_second\":1200,\"tokens_per_second\":40,"
    "\"answer_tokens\":[30,120]},"
    "{\"name\":\"gemma3:4b\",\"size\":3338801804,\"family\":\"gemma3\",\"parameter_size\":\"4.3B\","
    "\"quantization\":\"Q4_K_M\",\"capabilities\":[\"completion\",\"vision\"],"
    "\"context_length\":131072,\"embedding_length\":2560,\"block_count\":34,"
    "\"feed_forward_length\":10240,\"head_count\":8,\"head_count_kv\":4,\"vocab_size\":262144,"
    "\"load_seconds\":1.8,\"prefill_tokens_per_second\":1800,\"tokens_per_second\":55,"
    "\"answer_tokens\":[20,100]},"
    "{\"name\":\"nomic-embed-text\",\"size\":274302450,\"family\":\"nomic-bert\","
    "\"parameter_size\":\"137M\",\"quantization\":\"F16\",\"capabilities\":[\"embedding\"],"
    "\"context_length\":2048,\"embedding_length\":768,\"block_count\":12,"
    "\"feed_forward_length\":3072,\"head_count\":12,\"vocab_size\":30522,\"load_seconds\":0.4,"
    "\"prefill_tokens_per_second\":50000}],"
    "\"registry\":[{\"name\":\"smollm2:135m\",\"size\":270898672,\"family\":\"llama\","
    "\"parameter_size\":\"134.52M\",\"quantization\":\"F16\",\"capabilities\":[\"completion\","
    "\"tools\"],\"context_length\":8192,\"embedding_length\":576,\"block_count\":30,"
    "\"load_seconds\":0.3,\"tokens_per_second\":200}]}";

/* The configuration of that name, or NULL. */
const char *
sim_profile_find (const char *name)
{
  return g_str_equal (name, "transcripts") ? transcripts
         : g_str_equal (name, "default")   ? standard
                                           : NULL;
}
