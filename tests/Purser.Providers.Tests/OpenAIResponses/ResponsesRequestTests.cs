using Purser.Core.Pricing;

namespace Purser.Providers.Tests.OpenAIResponses;

public class ResponsesRequestTests
{
    private static readonly WireFormat Format = ProviderCatalog.Responses;

    [Fact]
    public void A_coding_agents_request_then_read()
    {
        var facts = Format.Facts(
            """
            {"model":"gpt-5.1-codex","instructions":"You are an agent.","input":[
              {"type":"message","role":"user","content":[{"type":"input_text","text":"hi"}]},
              {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAAA"},
              {"type":"function_call","call_id":"c","name":"shell","arguments":"{}"},
              {"type":"function_call_output","call_id":"c","output":"done"},
              {"role":"user","content":"and now?"}],
             "tools":[{"type":"function","name":"shell","parameters":{"type":"object","properties":{"type":{"type":"web_search"}}},"strict":false},
                      {"type":"custom","name":"apply_patch","format":{"type":"grammar","syntax":"lark"}},{"type":"local_shell"}],
             "tool_choice":"auto","parallel_tool_calls":false,"reasoning":{"effort":"medium","summary":"auto"},"store":false,"stream":true,
             "include":["reasoning.encrypted_content"],"prompt_cache_key":"k","service_tier":"priority","max_output_tokens":32000,
             "metadata":{"session_id":"s","x":"y"},"user":"ada","text":{"verbosity":"low"},"background":false,"previous_response_id":null,"conversation":null}
            """
        );

        Assert.Equal(("gpt-5.1-codex", true, 32000L, 16L), (facts.Model, facts.Stream, facts.MaxOutputTokens, facts.LowestOutputLimit));
        Assert.Equal((true, 0L, false, false), (facts.HasTools, facts.HostedToolCalls, facts.UnboundedInput, facts.HasNonTextInput));
        Assert.Equal(("priority", "ada", "s", "y"), (facts.ServiceTier, facts.EndUser, facts.SessionId, facts.Metadata!["x"]));
        Assert.Equal((false, CacheWriteHint.Automatic), (facts.TextIsJson, facts.CacheWrites));
    }

    [Theory]
    [InlineData("\"input\":\"text with \\\"type\\\":\\\"input_image\\\"\"", false, 0)]
    [InlineData("\"previous_response_id\":\"resp_1\"", true, 0)]
    [InlineData("\"conversation\":\"conv_1\"", true, 0)]
    [InlineData("\"conversation\":{\"id\":\"conv_1\"}", true, 0)]
    [InlineData("\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]", true, 0)]
    [InlineData("\"input\":[{\"id\":\"msg_1\"}]", true, 0)]
    [InlineData("\"input\":[{\"type\":null,\"id\":\"msg_1\"}]", true, 0)]
    // A reasoning whose content the provider keeps.
    [InlineData("\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[]}]", true, 0)]
    [InlineData("\"input\":[{\"type\":\"reasoning\",\"id\":\"rs_1\",\"summary\":[],\"encrypted_content\":\"\"}]", true, 0)]
    [InlineData("\"input\":[{\"type\":\"compaction\",\"encrypted_content\":\"gA\"}]", false, 0)]
    [InlineData("\"input\":[{\"type\":\"web_search_call\",\"id\":\"ws_1\"}]", true, 0)]
    [InlineData("\"input\":[{\"type\":\"something_new\",\"role\":\"user\"}]", true, 0)]
    [InlineData(
        "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA\"}]}]",
        false,
        1
    )]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"image_url\":\"https://a/b.png\"}]}]", true, 1)]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"file_1\"}]}]", true, 1)]
    [InlineData("\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_url\":\"https://a/b.pdf\"}]}]", true, 1)]
    [InlineData(
        "\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_file\",\"file_data\":\"data:application/pdf;base64,AA\"}]}]",
        false,
        1
    )]
    [InlineData(
        "\"input\":[{\"type\":\"function_call_output\",\"call_id\":\"c\",\"output\":[{\"type\":\"input_image\",\"image_url\":\"data:x\"}]}]",
        false,
        1
    )]
    public void Input_that_bytes_dont_bound_then_known(string member, bool unbounded, int nonText)
    {
        var facts = Format.Facts($$"""{"model":"m",{{member}}}""");

        Assert.Equal((unbounded, nonText), (facts.UnboundedInput, facts.NonTextParts));
    }

    [Theory]
    [InlineData("\"tools\":[{\"type\":\"web_search\",\"user_location\":{\"type\":\"approximate\"}}]", 10, true)]
    [InlineData("\"tools\":[{\"type\":\"web_search_2025_08_26\"},{\"type\":\"mcp\",\"server_url\":\"https://a\"}]", 20, true)]
    [InlineData("\"max_tool_calls\":3,\"tools\":[{\"type\":\"web_search\"}]", 3, true)]
    [InlineData("\"max_tool_calls\":30,\"tools\":[{\"type\":\"mcp\"}]", 30, false)]
    [InlineData("\"max_tool_calls\":30,\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]", 0, false)]
    [InlineData("\"tools\":[{\"type\":\"namespace\",\"tools\":[{\"type\":\"function\",\"name\":\"f\"}]}]", 0, false)]
    [InlineData("\"tools\":[{\"type\":\"namespace\",\"tools\":[{\"type\":\"web_search\"}]}]", 10, true)]
    public void Tools_that_the_provider_runs_then_their_calls_are_bounded(string members, long calls, bool searches)
    {
        var facts = Format.Facts($$"""{"model":"m",{{members}}}""");

        Assert.Equal((calls, searches, calls > 0), (facts.HostedToolCalls, facts.HasWebSearch, facts.ToolsAddInput));
        Assert.False(facts.UnboundedInput);
    }

    [Theory]
    [InlineData("""{"model":"m","tools":[{"type":"mcp"}]}""", """{"model":"m","tools":[{"type":"mcp"}],"max_tool_calls":10}""")]
    [InlineData(
        """{"model":"m","max_tool_calls":null,"tools":[{"type":"mcp"}]}""",
        """{"model":"m","max_tool_calls":10,"tools":[{"type":"mcp"}]}"""
    )]
    [InlineData(
        """{"model":"m","max_tool_calls":7,"tools":[{"type":"mcp"}]}""",
        """{"model":"m","max_tool_calls":7,"tools":[{"type":"mcp"}]}"""
    )]
    [InlineData("""{"model":"m","input":"x"}""", """{"model":"m","input":"x"}""")]
    public void Calls_that_the_client_doesnt_limit_then_limited_to_what_was_reckoned(string body, string sent)
    {
        Assert.Equal(sent, Format.Rewrite(body, "m"));
        Assert.Equal(sent != body, Format.NeedsRewrite(Format.Facts(body), "m"));
    }

    [Theory]
    [InlineData("""{"model":"m","max_output_tokens":90}""", """{"model":"m","max_output_tokens":80}""")]
    [InlineData("""{"model":"m","max_output_tokens":70}""", """{"model":"m","max_output_tokens":70}""")]
    [InlineData("""{"model":"m","max_output_tokens":null}""", """{"model":"m","max_output_tokens":80}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","max_output_tokens":80}""")]
    public void Output_limit_then_lowered_and_never_raised(string body, string sent) => Assert.Equal(sent, Format.Limited(body, 80));

    [Theory]
    [InlineData("\"background\":true", "background")]
    [InlineData("\"prompt\":{\"id\":\"pmpt_1\"}", "prompt")]
    [InlineData("\"tools\":[{\"type\":\"file_search\",\"vector_store_ids\":[\"v\"]}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"code_interpreter\",\"container\":{\"type\":\"auto\"}}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"image_generation\"}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"web_search_preview\"}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"shell\",\"environment\":{\"type\":\"container_auto\"}}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"something_new\"}]", "tools")]
    [InlineData("\"tools\":[{\"type\":\"namespace\",\"tools\":[{\"type\":\"image_generation\"}]}]", "tools")]
    [InlineData("\"input\":[{\"type\":\"additional_tools\",\"tools\":[{\"type\":\"image_generation\"}]}]", "tools")]
    [InlineData(
        "\"input\":[{\"type\":\"additional_tools\",\"tools\":[{\"type\":\"namespace\",\"tools\":[{\"type\":\"file_search\"}]}]}]",
        "tools"
    )]
    [InlineData("\"input\":[{\"type\":\"message\",\"content\":[{\"tools\":[{\"type\":\"function\"}]}]}]", "tools")]
    public void What_cant_be_watched_or_priced_then_refused(string member, string param)
    {
        var fault = Format.Fault($$"""{"model":"m",{{member}}}""");

        Assert.Equal((RequestFaults.Unsupported, param), (fault.Code, fault.Param));
    }

    // Codex sends its tools so to OpenAI's newest models.
    [Theory]
    [InlineData("""{"type":"custom","name":"exec","format":{"type":"grammar","syntax":"lark","definition":"start: X"}}""", 0, false)]
    [InlineData(
        """{"type":"namespace","name":"functions","tools":[{"type":"function","name":"wait","parameters":{"type":"object"}}]}""",
        0,
        false
    )]
    [InlineData("""{"type":"web_search"}""", RequestScan.DefaultHostedCalls, true)]
    [InlineData("""{"type":"namespace","name":"n","tools":[{"type":"mcp","server_label":"s"}]}""", RequestScan.DefaultHostedCalls, true)]
    public void Tools_among_the_items_then_tools_like_others(string tool, long hosted, bool addInput)
    {
        var facts = Format.Facts($$"""{"model":"m","input":[{"type":"additional_tools","role":"developer","tools":[{{tool}}]}]}""");

        Assert.True(facts.HasTools);
        Assert.Equal((hosted, addInput, false), (facts.HostedToolCalls, facts.ToolsAddInput, facts.UnboundedInput));
    }

    [Theory]
    [InlineData("""{"format":{"type":"json_schema","schema":{}}}""", true)]
    [InlineData("""{"format":{"type":"json_object"}}""", true)]
    [InlineData("""{"format":{"type":"text"},"verbosity":"low"}""", false)]
    public void Text_that_must_be_JSON_then_known(string text, bool isJson) =>
        Assert.Equal(isJson, Format.Facts($$"""{"model":"m","text":{{text}} }""").TextIsJson);

    [Fact]
    public void Context_that_is_compacted_then_one_more_turn() =>
        Assert.True(Format.Facts("""{"model":"m","context_management":[{"type":"compaction","compact_threshold":1000}]}""").MayCompact);

    [Theory]
    [InlineData("https://api.openai.com/v1", "https://api.openai.com/v1/responses")]
    [InlineData("https://api.openai.com/v1/", "https://api.openai.com/v1/responses")]
    public void Address_then_below_the_base_URL(string baseUrl, string url) =>
        Assert.Equal(url, ProviderCatalog.FindApi("openai")!.Url(baseUrl, Format, "m", stream: false));
}
