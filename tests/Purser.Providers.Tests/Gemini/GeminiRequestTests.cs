using System.Text;

namespace Purser.Providers.Tests.Gemini;

public class GeminiRequestTests
{
    private static readonly WireFormat Format = ProviderCatalog.Gemini;

    private const string Body =
        """{"contents":[{"role":"user","parts":[{"text":"hi"}]}],"systemInstruction":{"parts":{"text":"Be short."}},"generationConfig":{"maxOutputTokens":800,"temperature":0.2}}""";

    [Fact]
    public void A_request_then_its_model_and_stream_are_the_paths()
    {
        var facts = Format
            .Understand(Wire.Bytes(Body), new RequestTarget("vertex%2Fgemini-2.5-pro", Stream: true, Query: "?key=1&alt=sse"))
            .Facts!;

        Assert.Equal(("vertex/gemini-2.5-pro", true, 800), (facts.Model, facts.Stream, facts.MaxOutputTokens));
        Assert.Equal((1, false, false, false), (facts.Choices, facts.HasTools, facts.UnboundedInput, facts.HasNonTextInput));
        Assert.True(facts.ClientAskedForUsage);
        Assert.Same(Format, Format.Prepare(Wire.Bytes(Body), facts, default).Format);
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "?alt=sse")]
    [InlineData(true, "?%24alt=SSE&x")]
    public void A_stream_of_events_or_none_then_the_format_itself(bool stream, string? query)
    {
        var facts = Format.Understand(Wire.Bytes(Body), new RequestTarget("m", stream, Query: query)).Facts!;

        Assert.Same(Format, Format.Prepare(Wire.Bytes(Body), facts, default).Format);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("?alt=json")]
    [InlineData("?key=alt%3Dsse")]
    public void A_stream_that_is_not_asked_for_as_events_then_an_array(string? query)
    {
        var facts = Format.Understand(Wire.Bytes(Body), new RequestTarget("m", true, Query: query)).Facts!;

        Assert.Equal("application/json", Format.Prepare(Wire.Bytes(Body), facts, default).Format!.StreamContentType);
    }

    [Theory]
    [InlineData("""{"contents":[{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}]}""", 1, false)]
    [InlineData("""{"contents":[{"parts":[{"inline_data":{}},{"inlineData":{}}]}]}""", 2, false)]
    [InlineData("""{"contents":{"parts":{"fileData":{"fileUri":"gs://b/o"}}}}""", 1, true)]
    [InlineData("""{"system_instruction":{"parts":[{"\u0066ile_data":{}}]}}""", 1, true)]
    [InlineData("""{"contents":[{"parts":[{"functionResponse":{"name":"f","parts":[{"inlineData":{}}]}}]}]}""", 1, false)]
    [InlineData("""{"contents":[{"parts":[{"functionCall":{"args":{"inlineData":{},"a":{"fileData":{}}}}}]}]}""", 0, false)]
    [InlineData("""{"contents":[{"parts":[{"functionResponse":{"response":{"fileData":{"x":1}}}},{"fileData":{}}]}]}""", 1, true)]
    [InlineData("""{"contents":[],"cachedContent":"cachedContents/1"}""", 0, true)]
    [InlineData("""{"contents":[],"cached_content":null}""", 0, false)]
    public void Input_that_is_no_text_or_not_in_the_body_then_known(string body, int parts, bool unbounded)
    {
        var facts = Format.Facts(body);

        Assert.Equal((parts, unbounded), (facts.NonTextParts, facts.UnboundedInput));
    }

    [Theory]
    [InlineData(
        """[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":{"cache_control":{}}}}]}]""",
        0,
        false,
        false
    )]
    [InlineData("""[{"function_declarations":[]},{"computerUse":{}}]""", 0, false, false)]
    [InlineData("""[{"googleSearch":{}}]""", 10, true, false)]
    [InlineData("""{"google_search":{}}""", 10, true, false)]
    [InlineData("""[{"googleSearchRetrieval":{}},{"codeExecution":{}}]""", 20, true, false)]
    [InlineData("""[{"urlContext":{},"functionDeclarations":[]}]""", 10, false, true)]
    public void Tools_then_those_that_Google_runs_are_counted(string tools, long calls, bool search, bool unbounded)
    {
        var facts = Format.Facts($$"""{"contents":[],"tools":{{tools}}}""");

        Assert.True(facts.HasTools);
        Assert.Equal((calls, search, unbounded), (facts.HostedToolCalls, facts.HasWebSearch, facts.UnboundedInput));
        Assert.Equal(Core.Pricing.CacheWriteHint.None, facts.CacheWrites);
    }

    [Theory]
    [InlineData("""{"candidateCount":4}""", 4, false, false, false)]
    [InlineData("""{"candidate_count":null}""", 1, false, false, false)]
    [InlineData("""{"responseModalities":["TEXT","IMAGE"]}""", 1, true, false, false)]
    [InlineData("""{"response_modalities":["audio"]}""", 1, false, true, false)]
    [InlineData("""{"responseModalities":"AUDIO"}""", 1, false, true, false)]
    [InlineData("""{"speechConfig":{}}""", 1, false, true, false)]
    [InlineData("""{"responseMimeType":"application/json"}""", 1, false, false, true)]
    [InlineData("""{"responseMimeType":"text/plain"}""", 1, false, false, false)]
    [InlineData("""{"response_json_schema":{"type":"object"}}""", 1, false, false, true)]
    [InlineData("""{"responseSchema":{"type":"OBJECT"}}""", 1, false, false, true)]
    [InlineData("""{"thinkingConfig":{"includeThoughts":true,"thinkingBudget":-1}}""", 1, false, false, false)]
    public void Settings_then_what_they_mean_for_cost(string config, long choices, bool image, bool audio, bool json)
    {
        var facts = Format.Facts($$"""{"contents":[],"generationConfig":{{config}}}""");

        Assert.Equal((choices, image, audio, json), (facts.Choices, facts.ImageOutput, facts.AudioOutput, facts.TextIsJson));
    }

    [Theory]
    [InlineData("""{"contents":[],"serviceTier":"SERVICE_TIER_FLEX"}""", "flex")]
    [InlineData("""{"contents":[],"service_tier":"priority"}""", "priority")]
    [InlineData("""{"contents":[],"serviceTier":"SERVICE_TIER_UNSPECIFIED"}""", null)]
    [InlineData("""{"contents":[]}""", null)]
    public void Service_tier_then_in_the_price_books_words(string body, string? tier) => Assert.Equal(tier, Format.Facts(body).ServiceTier);

    [Theory]
    [InlineData("""[]""", "not_an_object")]
    [InlineData("""{"contents":[""", "invalid_json")]
    [InlineData("""{"contents":[],"generationConfig":{},"generation_config":{}}""", "duplicate_member")]
    [InlineData("""{"systemInstruction":{},"system_instruction":{}}""", "duplicate_member")]
    [InlineData("""{"GenerationConfig":{}}""", "ambiguous_member")]
    [InlineData("""{"generationConfig":[]}""", "invalid_member")]
    [InlineData("""{"generationConfig":{"maxOutputTokens":0}}""", "invalid_member")]
    [InlineData("""{"generationConfig":{"maxOutputTokens":"9"}}""", "invalid_member")]
    [InlineData("""{"generationConfig":{"candidateCount":129}}""", "invalid_member")]
    [InlineData("""{"generationConfig":{"responseModalities":[3]}}""", "invalid_member")]
    [InlineData("""{"contents":[{"parts":[{"text":"\ud83d"}]}]}""", "invalid_unicode")]
    [InlineData("""{"contents":[{"\ud83d":1}]}""", "invalid_unicode")]
    [InlineData("""{"tools":[{"googleMaps":{}}]}""", "unsupported")]
    [InlineData("""{"tools":[{"retrieval":{"vertexRagStore":{}}}]}""", "unsupported")]
    [InlineData("""{"tools":{"fileSearch":{}}}""", "unsupported")]
    public void A_body_at_fault_then_refused_by_name(string body, string code) => Assert.Equal(code, Format.Fault(body).Code);

    [Fact]
    public void A_path_without_a_model_then_refused() => Assert.Equal("model_missing", Format.Understand(Wire.Bytes(Body)).Fault!.Code);

    [Fact]
    public void Contents_nested_too_deep_then_refused()
    {
        var deep = new StringBuilder("""{"contents":""").Append('[', 64).Append(']', 64).Append('}').ToString();

        Assert.Equal("nested_too_deep", Format.Fault(deep).Code);
    }

    [Theory]
    [InlineData("""{"generationConfig":{"maxOutputTokens":800}}""", """{"generationConfig":{"maxOutputTokens":80}}""")]
    [InlineData("""{"generation_config":{"max_output_tokens": 800 }}""", """{"generation_config":{"max_output_tokens": 80 }}""")]
    [InlineData(
        """{"generationConfig":{"maxOutputTokens":800,"max_output_tokens":900}}""",
        """{"generationConfig":{"maxOutputTokens":80,"max_output_tokens":80}}"""
    )]
    [InlineData("""{"generationConfig":{"maxOutputTokens":8}}""", """{"generationConfig":{"maxOutputTokens":8}}""")]
    [InlineData("""{"generationConfig":{"maxOutputTokens":null}}""", """{"generationConfig":{"maxOutputTokens":80}}""")]
    [InlineData("""{"generationConfig":{"topK":1}}""", """{"generationConfig":{"maxOutputTokens":80,"topK":1}}""")]
    [InlineData("""{"generationConfig":{ },"contents":[]}""", """{"generationConfig":{"maxOutputTokens":80 },"contents":[]}""")]
    [InlineData("""{"generationConfig":null,"contents":[]}""", """{"generationConfig":{"maxOutputTokens":80},"contents":[]}""")]
    [InlineData("""{"contents":[]}""", """{"contents":[],"generationConfig":{"maxOutputTokens":80}}""")]
    public void Limit_then_lowered_or_added_where_Google_reads_it(string body, string sent) => Assert.Equal(sent, Format.Limited(body, 80));

    [Fact]
    public void A_body_that_repeats_its_model_then_named_as_the_provider_knows_it()
    {
        const string body = """{"model":"models/gemini/gemini-embedding-001","content":{"parts":[{"text":"a"}]}}""";

        Assert.Equal(
            """{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"a"}]}}""",
            ProviderCatalog.GeminiEmbeddings.Rewrite(body, "gemini-embedding-001")
        );
    }

    [Fact]
    public void A_batch_of_embeddings_then_each_input_has_a_context_of_its_own_and_nothing_comes_out()
    {
        var facts = ProviderCatalog.GeminiEmbeddings.Facts(
            """{"requests":[{"model":"models/m","content":{"parts":[{"text":"a"}]}},{"content":{"parts":[{"inlineData":{}}]}}]}"""
        );

        Assert.Equal((2L, 0L, 1), (facts.Inputs, facts.MaxOutputTokens!.Value, facts.NonTextParts));
        Assert.EndsWith(":batchEmbedContents", Url(facts), StringComparison.Ordinal);
        Assert.EndsWith(":embedContent", Url(ProviderCatalog.GeminiEmbeddings.Facts("""{"content":{}}""")), StringComparison.Ordinal);
    }

    private static string Url(RequestFacts facts)
    {
        var format = ProviderCatalog.GeminiEmbeddings.Prepare(default, facts, default).Format!;
        return ProviderCatalog.FindApi("gemini")!.Url("https://g.example", format, "m", stream: false);
    }

    [Theory]
    [InlineData("https://g.example", false, "https://g.example/v1beta/models/gemini-2.5-flash:generateContent")]
    [InlineData("https://g.example/", true, "https://g.example/v1beta/models/gemini-2.5-flash:streamGenerateContent")]
    [InlineData("https://g.example/v1", false, "https://g.example/v1/models/gemini-2.5-flash:generateContent")]
    public void Url_then_below_the_version_that_is_configured(string baseUrl, bool stream, string url)
    {
        var api = ProviderCatalog.FindApi("gemini")!;

        Assert.Equal(url, api.Url(baseUrl, Format, "gemini-2.5-flash", stream));
        Assert.Equal(stream ? "?alt=sse" : "", api.Query(Format, stream, "?alt=proto&fields=candidates&$httpHeaders=x"));
    }
}
