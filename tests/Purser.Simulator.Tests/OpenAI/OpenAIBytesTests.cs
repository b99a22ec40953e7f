using System.Net;

namespace Purser.Simulator.Tests.OpenAI;

/// <summary>The bytes that OpenAI would send, but for ids and words (see <see cref="SimulatorUnderTest.Masked"/>).</summary>
public class OpenAIBytesTests
{
    private const string Hi = "\"messages\":[{\"role\":\"user\",\"content\":\"Say hi, please\"}]";

    [Fact]
    public async Task A_whole_answer()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.OpenAIAsync($"{{\"model\":\"gpt-4o-mini\",\"max_tokens\":3,{Hi}}}");
        Assert.Equal("application/json", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """
            {
              "id": "chatcmpl-ID",
              "object": "chat.completion",
              "created": 1767225600,
              "model": "gpt-4o-mini-2024-07-18",
              "choices": [
                {
                  "index": 0,
                  "message": {
                    "role": "assistant",
                    "content": "W W W",
                    "refusal": null,
                    "annotations": []
                  },
                  "logprobs": null,
                  "finish_reason": "length"
                }
              ],
              "usage": {
                "prompt_tokens": 5,
                "completion_tokens": 3,
                "total_tokens": 8,
                "prompt_tokens_details": {
                  "cached_tokens": 0,
                  "audio_tokens": 0
                },
                "completion_tokens_details": {
                  "reasoning_tokens": 0,
                  "audio_tokens": 0,
                  "accepted_prediction_tokens": 0,
                  "rejected_prediction_tokens": 0
                }
              },
              "service_tier": "default",
              "system_fingerprint": "fp_ID"
            }

            """,
            SimulatorUnderTest.Masked(await SimulatorUnderTest.TextAsync(response))
        );
    }

    [Fact]
    public async Task A_stream_with_usage()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.OpenAIAsync(
            $"{{\"model\":\"gpt-5-mini\",\"stream\":true,\"stream_options\":{{\"include_usage\":true}},\"service_tier\":\"flex\",\"max_completion_tokens\":4,{Hi}}}"
        );
        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.Equal(
            """
            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[{"index":0,"delta":{"content":"W"},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[{"index":0,"delta":{"content":" W"},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[{"index":0,"delta":{"content":" W"},"logprobs":null,"finish_reason":null}],"usage":null}

            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}],"usage":null}

            data: {"id":"chatcmpl-ID","object":"chat.completion.chunk","created":1767225600,"model":"gpt-5-mini-2025-08-07","service_tier":"flex","system_fingerprint":"fp_ID","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":9,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":1,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}}

            data: [DONE]


            """,
            SimulatorUnderTest.Masked(await SimulatorUnderTest.TextAsync(response))
        );
    }

    [Fact]
    public async Task A_streamed_tool_call()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        const string Tool =
            "{\"type\":\"function\",\"function\":{\"name\":\"set_on\",\"parameters\":{\"type\":\"object\",\"properties\":{\"on\":{\"const\":true}}}}}";
        var text = await simulator.OpenAITextAsync(
            $"{{\"model\":\"m\",\"stream\":true,\"tool_choice\":\"required\",\"tools\":[{Tool}],{Hi}}}"
        );

        // The arguments {"on":true} are seven tokens: { " on " : true }.
        const string Head =
            "data: {\"id\":\"chatcmpl-ID\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"m\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_ID\",\"choices\":[{\"index\":0,\"delta\":";
        const string Tail = ",\"logprobs\":null,\"finish_reason\":null}]}\n\n";
        var expected =
            Head
            + "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"call_ID\",\"type\":\"function\",\"function\":{\"name\":\"set_on\",\"arguments\":\"\"}}],\"refusal\":null}"
            + Tail;
        foreach (var piece in new[] { "{", "\\\"", "on", "\\\"", ":", "true", "}" })
        {
            expected += Head + "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"" + piece + "\"}}]}" + Tail;
        }

        expected += Head + "{},\"logprobs\":null,\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
        Assert.Equal(expected, SimulatorUnderTest.Masked(text));
    }

    [Fact]
    public async Task A_cached_prefix_is_told()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();

        // 1,300 words: the steps are 1024, 1152 and 1280.
        var prompt = string.Join(' ', Enumerable.Repeat("word", 1300));
        var body = $"{{\"model\":\"gpt-4o\",\"max_tokens\":1,\"messages\":[{{\"role\":\"user\",\"content\":\"{prompt}\"}}]}}";
        Assert.Contains("\"cached_tokens\": 0,", await simulator.OpenAITextAsync(body), StringComparison.Ordinal);
        Assert.Contains("\"cached_tokens\": 1280,", await simulator.OpenAITextAsync(body), StringComparison.Ordinal);
        var billed = (await simulator.RecordsAsync("?phase=completed")).Select(line => line.Billed);
        Assert.Equal([new Bill(1300, 0, 0, 0, 1, 0), new Bill(20, 1280, 0, 0, 1, 0)], billed);
    }

    [Theory]
    [InlineData(
        "{",
        400,
        "\"We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)\"",
        "\"invalid_request_error\"",
        "null",
        "null"
    )]
    [InlineData(
        "{\"model\":\"m\"}",
        400,
        "\"Missing required parameter: 'messages'.\"",
        "\"invalid_request_error\"",
        "\"messages\"",
        "\"missing_required_parameter\""
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[]}",
        400,
        "\"Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.\"",
        "\"invalid_request_error\"",
        "\"messages\"",
        "\"empty_array\""
    )]
    [InlineData(
        "{\"model\":\"m\",\"max_tokens\":\"3\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        400,
        "\"Invalid type for 'max_tokens': expected an integer, but got a string instead.\"",
        "\"invalid_request_error\"",
        "\"max_tokens\"",
        "\"invalid_type\""
    )]
    [InlineData(
        "{\"model\":\"no-such-model\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}",
        404,
        "\"The model `no-such-model` does not exist or you do not have access to it.\"",
        "\"invalid_request_error\"",
        "null",
        "\"model_not_found\""
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:429]]\"}]}",
        429,
        "\"Rate limit reached for m in organization org-simulator on requests per min (RPM): Limit 10000, Used 10000, Requested 1. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits to learn more.\"",
        "\"requests\"",
        "null",
        "\"rate_limit_exceeded\""
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:500]]\"}]}",
        500,
        "\"The server had an error while processing your request. Sorry about that!\"",
        "\"server_error\"",
        "null",
        "null"
    )]
    [InlineData(
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"[[simulate:529]]\"}]}",
        503,
        "\"The engine is currently overloaded, please try again later\"",
        "\"server_error\"",
        "null",
        "null"
    )]
    public async Task An_error(string body, int status, string message, string type, string param, string code)
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.OpenAIAsync(body);
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(status == 429 ? "1" : null, response.Headers.RetryAfter?.ToString());
        Assert.Equal(
            $"{{\n    \"error\": {{\n        \"message\": {message},\n        \"type\": {type},\n        \"param\": {param},\n        \"code\": {code}\n    }}\n}}\n",
            await SimulatorUnderTest.TextAsync(response)
        );
    }

    [Fact]
    public async Task A_request_without_a_key_is_refused()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        var response = await simulator.SendAsync("/v1/chat/completions", "{}", []);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
        var line = Assert.Single(await simulator.RecordsAsync());
        Assert.Equal(("rejected", 401), (line.Phase, line.Status));
    }

    [Fact]
    public async Task Headers_tell_the_request_and_its_limits()
    {
        await using var simulator = await SimulatorUnderTest.StartAsync();
        using var response = await simulator.OpenAIAsync($"{{\"model\":\"m\",\"max_tokens\":3,{Hi}}}");
        string Header(string name) => response.Headers.GetValues(name).Single();
        Assert.Matches("^req_[0-9a-f]{32}$", Header("x-request-id"));
        Assert.Equal("2020-10-01", Header("openai-version"));
        Assert.Equal("0", Header("openai-processing-ms"));
        Assert.Equal("9999", Header("x-ratelimit-remaining-requests"));

        // 30,000,000 less 5 of the prompt and 3 of the limit.
        Assert.Equal("29999992", Header("x-ratelimit-remaining-tokens"));
    }
}
