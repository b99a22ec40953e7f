using Purser.Core.Pricing;

namespace Purser.Providers.Tests.OpenAI;

public class OpenAIRequestTests
{
    private static readonly WireFormat Format = ProviderCatalog.Chat;

    [Fact]
    public void Usual_request_then_all_facts_found()
    {
        const string body = """
            {"messages":[{"role":"user","content":"hi"}],"model":"gpt-5-mini","max_completion_tokens":200,"n":2,
             "stream":true,"stream_options":{"include_usage":true},"service_tier":"flex","user":"u-1",
             "metadata":{"team":"search","session_id":"s-1","n":7},"tools":[{"type":"function","function":{"name":"f"}}]}
            """;

        var facts = Format.Facts(body);

        Assert.Equal("gpt-5-mini", facts.Model);
        Assert.Equal("\"gpt-5-mini\"", body.Substring(facts.ModelToken.Offset, facts.ModelToken.Length));
        Assert.Equal((true, 200L, 2L), (facts.Stream, facts.MaxOutputTokens, facts.Choices));
        Assert.Equal((true, 0L, false), (facts.HasTools, facts.HostedToolCalls, facts.HasWebSearch));
        Assert.Equal((false, false), (facts.HasNonTextInput, facts.UnboundedInput));
        Assert.Equal(("flex", "u-1", "s-1"), (facts.ServiceTier, facts.EndUser, facts.SessionId));
        Assert.Equal(new Dictionary<string, string> { ["team"] = "search", ["session_id"] = "s-1" }, facts.Metadata);
        Assert.True(facts.ClientAskedForUsage);
    }

    [Theory]
    [InlineData("""{"model":"m","max_tokens":100,"max_completion_tokens":50}""", 100)]
    [InlineData("""{"model":"m","max_completion_tokens":100,"max_tokens":50}""", 100)]
    [InlineData("""{"model":"m","max_tokens":9223372036854775807}""", long.MaxValue)]
    public void Several_output_limits_then_the_largest_counts(string body, long limit) =>
        Assert.Equal(limit, Format.Facts(body).MaxOutputTokens);

    [Theory]
    [InlineData("""{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}""", 1, false)]
    [InlineData("""{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}""", 1, true)]
    [InlineData("""{"type":"image_url","image_url":"https://example.com/a.png"}""", 1, true)]
    [InlineData("""{"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}""", 1, false)]
    [InlineData("""{"type":"file","file":{"file_data":"data:application/pdf;base64,AAAA"}}""", 1, false)]
    [InlineData("""{"type":"file","file":{"file_id":"file-1"}}""", 1, true)]
    [InlineData("""{"type":"text","text":"see https://example.com and \"type\":\"image_url\""}""", 0, false)]
    [InlineData("""{"type":"\u0069mage_url","image_url":{"url":"data:,"}}""", 1, false)]
    public void Parts_then_counted_and_references_seen(string part, int nonText, bool unbounded)
    {
        var facts = Format.Facts($$"""{"model":"m","messages":[{"role":"user","content":[{{part}}]}]}""");

        Assert.Equal((nonText, unbounded), (facts.NonTextParts, facts.UnboundedInput));
    }

    [Fact]
    public void Earlier_audio_answer_then_unbounded()
    {
        var facts = Format.Facts("""{"model":"m","messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}""");

        Assert.True(facts.UnboundedInput);
        Assert.True(facts.HasNonTextInput);
    }

    [Fact]
    public void Citations_sent_back_then_no_reference()
    {
        var facts = Format.Facts(
            """{"model":"m","messages":[{"role":"assistant","content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com"}}]}]}"""
        );

        Assert.False(facts.UnboundedInput);
    }

    [Theory]
    [InlineData(
        """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"type":{"type":"web_search"}}}}}]""",
        0,
        false
    )]
    [InlineData("""[{"type":"custom","custom":{"name":"f"}}]""", 0, false)]
    [InlineData("""[{"type":"web_search"},{"type":"function","function":{"name":"f"}}]""", 10, true)]
    [InlineData("""[{"type":"openrouter:web_search"},{"type":"code_interpreter"}]""", 20, true)]
    public void Tools_of_the_provider_then_bounded(string tools, long calls, bool searches)
    {
        var facts = Format.Facts($$"""{"model":"m","tools":{{tools}}}""");

        Assert.Equal((true, calls, searches), (facts.HasTools, facts.HostedToolCalls, facts.HasWebSearch));
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"user_location":{"search_context_size":"low"}}""", null)]
    [InlineData("""{"search_context_size":null}""", null)]
    [InlineData("""{"search_context_size":"low"}""", "low")]
    [InlineData("""{"user_location":{},"search_context_size":"high"}""", "high")]
    [InlineData("""{"search_context_size":3}""", "")]
    [InlineData("""{"search_context_size":{"a":"low"}}""", "")]
    [InlineData("[]", null)]
    public void The_size_of_a_searchs_context_is_read(string options, string? size)
    {
        var facts = Format.Facts($$"""{"model":"m","web_search_options":{{options}},"max_tokens":7}""");

        Assert.Equal(size, facts.SearchContext);
        Assert.Equal((10L, 10L, 7L), (facts.HostedToolCalls, facts.SearchOptionCalls, facts.MaxOutputTokens));
    }

    [Theory]
    [InlineData("""{"search_context_size":"low","search_context_size":"low"}""", RequestFaults.DuplicateMember)]
    [InlineData("""{"Search_context_size":"low"}""", RequestFaults.AmbiguousMember)]
    public void A_size_that_may_mean_another_is_refused(string options, string code) =>
        Assert.Equal(code, Format.Fault($$"""{"model":"m","web_search_options":{{options}}}""").Code);

    [Fact]
    public void Web_search_options_then_searches()
    {
        var facts = Format.Facts("""{"model":"m","web_search_options":{}}""");

        Assert.Equal((true, 10L), (facts.HasWebSearch, facts.HostedToolCalls));
        Assert.False(Format.Facts("""{"model":"m","web_search_options":null}""").HasWebSearch);
    }

    [Theory]
    [InlineData("""{"model":"m","modalities":["text","audio"]}""", true, false)]
    [InlineData("""{"model":"m","audio":{"voice":"alloy","format":"wav"}}""", true, false)]
    [InlineData("""{"model":"m","modalities":["image","text"]}""", false, true)]
    [InlineData("""{"model":"m","modalities":["text"]}""", false, false)]
    public void Output_modalities_then_found(string body, bool audio, bool image)
    {
        var facts = Format.Facts(body);

        Assert.Equal((audio, image), (facts.AudioOutput, facts.ImageOutput));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", CacheWriteHint.Automatic)]
    [InlineData("""{"model":"m","prompt_cache_options":{"mode":"implicit"}}""", CacheWriteHint.Automatic)]
    [InlineData("""{"model":"m","prompt_cache_options":{"mode":"explicit","ttl":"30m"}}""", CacheWriteHint.None)]
    [InlineData(
        """{"model":"m","messages":[{"content":[{"type":"text","text":"x","prompt_cache_breakpoint":{"mode":"explicit"}}]}],"prompt_cache_options":{"mode":"explicit"}}""",
        CacheWriteHint.Automatic
    )]
    public void Cache_options_then_writes_known(string body, CacheWriteHint writes) => Assert.Equal(writes, Format.Facts(body).CacheWrites);

    [Fact]
    public void Prediction_then_its_bytes_counted()
    {
        var facts = Format.Facts("""{"model":"m","prediction":{"type":"content","content":"12345"}}""");

        Assert.Equal("""{"type":"content","content":"12345"}""".Length, facts.PredictionBytes);
    }

    [Fact]
    public void Fallback_models_then_listed_but_not_the_model_itself()
    {
        var facts = Format.Facts("""{"models":["a","m","b","a"],"model":"m"}""");

        Assert.Equal(["a", "b"], facts.OtherModels);
    }

    [Theory]
    [InlineData("""{"model":"m","user":"u","safety_identifier":"s"}""", "u")]
    [InlineData("""{"model":"m","safety_identifier":"s","user":"u"}""", "u")]
    [InlineData("""{"model":"m","safety_identifier":"s"}""", "s")]
    [InlineData("""{"model":"m","user":"a\u0000b\r\nc"}""", "abc")]
    [InlineData("""{"model":"m","user":{"id":1}}""", null)]
    public void End_user_then_found_and_cleaned(string body, string? user) => Assert.Equal(user, Format.Facts(body).EndUser);

    [Fact]
    public void Metadata_of_many_pairs_then_the_first_16_kept()
    {
        var pairs = string.Join(',', Enumerable.Range(1, 20).Select(index => $"\"k{index}\":\"v{index}\""));

        var metadata = Format.Facts($"{{\"model\":\"m\",\"metadata\":{{{pairs}}}}}").Metadata!;

        Assert.Equal(16, metadata.Count);
        Assert.Equal("v16", metadata["k16"]);
    }

    [Theory]
    // Off in all its forms, and on.
    [InlineData("""{"model":"m","stream":true}""", """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        "{ \"model\":\"m\",\"stream\":true\n}\n",
        "{ \"model\":\"m\",\"stream\":true\n,\"stream_options\":{\"include_usage\":true}}\n"
    )]
    [InlineData(
        """{"stream_options":null,"model":"m","stream":true}""",
        """{"stream_options":{"include_usage":true},"model":"m","stream":true}"""
    )]
    [InlineData(
        """{"stream_options":{},"model":"m","stream":true}""",
        """{"stream_options":{"include_usage":true},"model":"m","stream":true}"""
    )]
    [InlineData(
        """{"stream_options":{ "include_obfuscation": false },"model":"m","stream":true}""",
        """{"stream_options":{"include_usage":true, "include_obfuscation": false },"model":"m","stream":true}"""
    )]
    [InlineData(
        """{"model":"m","stream":true,"stream_options":{"include_usage" : false}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage" : true}}"""
    )]
    [InlineData(
        """{"model":"m","stream":true,"stream_options":{"include_usage":null}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}"""
    )]
    [InlineData(
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""",
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}"""
    )]
    // Not streamed: not ours.
    [InlineData("""{"model":"m","stream":false,"stream_options":{}}""", """{"model":"m","stream":false,"stream_options":{}}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m"}""")]
    public void Stream_then_usage_is_asked_for_by_the_smallest_change(string body, string sent)
    {
        Assert.Equal(sent, Format.Rewrite(body, "m"));
        Assert.Equal(body != sent, Format.NeedsRewrite(Format.Facts(body), "m"));
    }

    [Theory]
    [InlineData("""{"model":"m","x":1}""", "gpt-5", """{"model":"gpt-5","x":1}""")]
    [InlineData("""{"x":"é\u00e9\/","model" : "\u006d" }""", "gpt-5", """{"x":"é\u00e9\/","model" : "gpt-5" }""")]
    [InlineData("""{"model":"m"}""", "a\"b/é", """{"model":"a\"b/é"}""")]
    [InlineData("""{"model":"m","stream":true}""", "gpt-5", """{"model":"gpt-5","stream":true,"stream_options":{"include_usage":true}}""")]
    [InlineData(
        """{"stream_options":{"include_usage":false},"stream":true,"model":"m"}""",
        "gpt-5",
        """{"stream_options":{"include_usage":true},"stream":true,"model":"gpt-5"}"""
    )]
    public void Renamed_model_then_only_its_token_changes(string body, string model, string sent)
    {
        Assert.True(Format.NeedsRewrite(Format.Facts(body), model));
        Assert.Equal(sent, Format.Rewrite(body, model));
    }

    [Theory]
    [InlineData("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions")]
    [InlineData("https://example.com/openai/v1/", "https://example.com/openai/v1/chat/completions")]
    public void Base_url_then_path_appended(string baseUrl, string url) =>
        Assert.Equal(url, ProviderCatalog.FindApi("openai")!.Url(baseUrl, Format, "m", stream: false));

    [Fact]
    public void Credential_then_a_bearer_token()
    {
        var headers = new List<(string, string)>();
        var api = ProviderCatalog.FindApi("openai")!;
        api.AddCredential("sk-1", (name, value) => headers.Add((name, value)));

        Assert.Equal([("Authorization", "Bearer sk-1")], headers);
        Assert.Empty(api.DefaultHeaders);
    }
}
