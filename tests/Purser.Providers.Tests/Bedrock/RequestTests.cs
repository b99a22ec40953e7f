using System.Buffers;
using System.Text;
using Purser.Core.Pricing;

namespace Purser.Providers.Tests.Bedrock;

public class RequestTests
{
    private const string Claude = "us.anthropic.claude-sonnet-4-6";
    private static readonly WireFormat Converse = ProviderCatalog.Converse;
    private static readonly WireFormat Invoke = ProviderCatalog.Invoke;

    private static RequestFacts Facts(WireFormat format, string model, string body, bool stream = false)
    {
        var result = format.Understand(Wire.Bytes(body), new RequestTarget(model, stream));
        Assert.Null(result.Fault);
        return result.Facts!;
    }

    private static RequestFault Fault(WireFormat format, string model, string body, params (string Name, string Value)[] headers)
    {
        var result = format.Understand(
            Wire.Bytes(body),
            new RequestTarget(model, false, Header: name => headers.FirstOrDefault(header => header.Name == name).Value)
        );
        Assert.Null(result.Facts);
        return result.Fault!;
    }

    private static string Limited(WireFormat format, string model, string body, long limit)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(Wire.Bytes(body), Facts(format, model, body), model, output, limit);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    [Theory]
    [InlineData(Claude, Claude)]
    [InlineData("bedrock%2Fus.anthropic.claude-sonnet-4-6", "bedrock/us.anthropic.claude-sonnet-4-6")]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile%2Fus.anthropic.claude-sonnet-4-6", Claude)]
    [InlineData("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-6", Claude)]
    [InlineData(
        "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.titan-text-express-v1:0:8k",
        "amazon.titan-text-express-v1:0:8k"
    )]
    [InlineData(
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
        "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"
    )]
    public void A_model_in_the_path_then_an_ARN_that_names_one_is_its_name(string path, string model) =>
        Assert.Equal(model, Facts(Converse, path, "{}").Model);

    [Fact]
    public void An_ARN_of_another_region_then_it_isnt_served_in_this_one()
    {
        const string arn = "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-sonnet-4-6";
        foreach (var (format, body) in new[] { (Converse, "{}"), (Invoke, """{"anthropic_version":"v"}""") })
        {
            var facts = Facts(format, arn, body);
            var there = new Destination("m", null, "r", default, "eu-west-1");
            Assert.Null(format.Prepare(Wire.Bytes(body), facts, there).Fault);
            Assert.Equal(
                RequestFaults.Unsupported,
                format.Prepare(Wire.Bytes(body), facts, there with { Region = "us-east-1" }).Fault!.Code
            );
        }
    }

    [Fact]
    public void A_conversation_then_what_bounds_and_prices_it_is_found()
    {
        var facts = Facts(
            Converse,
            Claude,
            """
            {"messages":[{"role":"user","content":[{"text":"hi"},{"image":{"format":"png","source":{"bytes":"aa"}}},{"cachePoint":{"type":"default","ttl":"1h"}},
            {"toolResult":{"toolUseId":"t","content":[{"json":{"image":1,"s3Location":2}}]}}]}],
            "inferenceConfig":{"maxTokens":77},"serviceTier":{"type":"priority"},"performanceConfig":{"latency":"optimized"},
            "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{"document":{}}}}}]},
            "outputConfig":{"textFormat":{}},"requestMetadata":{"team":"red"},"additionalModelRequestFields":{"thinking":{"type":"enabled","budget_tokens":40}}}
            """,
            stream: true
        );

        Assert.Equal((77, 1, false), (facts.MaxOutputTokens, facts.NonTextParts, facts.UnboundedInput));
        Assert.Equal(("priority", "optimized", CacheWriteHint.OneHour), (facts.ServiceTier, facts.Speed, facts.CacheWrites));
        Assert.True(facts is { Stream: true, HasTools: true, TextIsJson: true, LowestOutputLimit: 41 });
        Assert.Equal("red", facts.Metadata!["team"]);
    }

    [Theory]
    [InlineData("""{"messages":[{"content":[{"document":{"source":{"s3Location":{"uri":"s3://b/k"}}}}]}]}""")]
    [InlineData("""{"messages":[{"content":[{"video":{"source":{"s3Location":{"uri":"s3://b/k"}}}}]}]}""")]
    public void What_lies_in_a_bucket_then_the_body_doesnt_bound_the_input(string body) =>
        Assert.True(Facts(Converse, Claude, body).UnboundedInput);

    [Theory]
    [InlineData("""{"guardrailConfig":{"guardrailIdentifier":"g"}}""", "unsupported")]
    [InlineData("""{"toolConfig":{"tools":[{"systemTool":{"name":"nova_grounding"}}]}}""", "unsupported")]
    [InlineData("""{"additionalModelRequestFields":{"max_tokens":100000}}""", "unsupported")]
    [InlineData("""{"additionalModelRequestFields":{"n":8}}""", "unsupported")]
    [InlineData("""{"inferenceConfig":{"maxTokens":0}}""", "invalid_member")]
    [InlineData("""{"inferenceConfig":7}""", "invalid_member")]
    [InlineData("""{"messages":[],"messages":[]}""", "duplicate_member")]
    [InlineData("""{"InferenceConfig":{}}""", "ambiguous_member")]
    public void What_costs_beside_the_model_or_is_at_fault_then_refused(string body, string code) =>
        Assert.Equal(code, Fault(Converse, Claude, body).Code);

    [Fact]
    public void A_guardrail_in_a_header_then_refused() =>
        Assert.Contains(
            "guardrail",
            Fault(Invoke, Claude, """{"anthropic_version":"v"}""", ("x-amzn-bedrock-guardrailidentifier", "g")).Message,
            StringComparison.OrdinalIgnoreCase
        );

    [Theory]
    [InlineData("""{"messages":[]}""", """{"messages":[],"inferenceConfig":{"maxTokens":9}}""")]
    [InlineData("""{"inferenceConfig":{}}""", """{"inferenceConfig":{"maxTokens":9}}""")]
    [InlineData("""{"inferenceConfig":null}""", """{"inferenceConfig":{"maxTokens":9}}""")]
    [InlineData("""{"inferenceConfig":{"topP":1}}""", """{"inferenceConfig":{"maxTokens":9,"topP":1}}""")]
    [InlineData("""{"inferenceConfig":{"maxTokens":50}}""", """{"inferenceConfig":{"maxTokens":9}}""")]
    [InlineData("""{"inferenceConfig":{"maxTokens":5}}""", """{"inferenceConfig":{"maxTokens":5}}""")]
    public void A_limit_of_a_conversation_then_lowered_where_it_stands(string body, string limited) =>
        Assert.Equal(limited, Limited(Converse, Claude, body, 9));

    [Theory]
    [InlineData("meta.llama3-3-70b-instruct-v1:0", """{"prompt":"hi"}""", """{"prompt":"hi","max_gen_len":9}""")]
    [InlineData("meta.llama3-3-70b-instruct-v1:0", """{"max_gen_len":50}""", """{"max_gen_len":9}""")]
    [InlineData("us.amazon.nova-lite-v1:0", """{"messages":[]}""", """{"messages":[],"inferenceConfig":{"maxTokens":9}}""")]
    [InlineData(
        "us.amazon.nova-lite-v1:0",
        """{"inferenceConfig":{"max_new_tokens":50}}""",
        """{"inferenceConfig":{"max_new_tokens":9}}"""
    )]
    [InlineData(
        "amazon.titan-text-express-v1",
        """{"textGenerationConfig":{"maxTokenCount":50}}""",
        """{"textGenerationConfig":{"maxTokenCount":9}}"""
    )]
    [InlineData("mistral.mistral-large-2402-v1:0", """{"max_tokens":50}""", """{"max_tokens":9}""")]
    [InlineData("ai21.j2-mid-v1", """{"maxTokens":50}""", """{"maxTokens":9}""")]
    [InlineData("cohere.command-r-v1:0", """{"message":"hi"}""", """{"message":"hi","max_tokens":9}""")]
    [InlineData("openai.gpt-oss-120b-1:0", """{"max_completion_tokens":50}""", """{"max_completion_tokens":9}""")]
    [InlineData(Claude, """{"anthropic_version":"v","max_tokens":50}""", """{"anthropic_version":"v","max_tokens":9}""")]
    public void A_limit_in_a_models_own_body_then_lowered_by_its_own_name(string model, string body, string limited) =>
        Assert.Equal(limited, Limited(Invoke, model, body, 9));

    [Fact]
    public void Of_a_family_its_own_limit_alone_counts() =>
        Assert.Null(Facts(Invoke, "meta.llama3-3-70b-instruct-v1:0", """{"max_tokens":1,"anthropic_version":"v"}""").MaxOutputTokens);

    [Fact]
    public void Several_answers_then_they_are_counted() =>
        Assert.Equal(5, Facts(Invoke, "cohere.command-text-v14", """{"prompt":"hi","num_generations":5}""").Choices);

    [Fact]
    public void Embeddings_then_they_have_no_output_and_each_text_a_context_of_its_own()
    {
        var facts = Facts(Invoke, "cohere.embed-english-v3", """{"texts":["a","b","c"],"input_type":"search_document"}""");
        Assert.Equal((0, 3), (facts.MaxOutputTokens, facts.Inputs));
        Assert.Equal(0, Facts(Invoke, "amazon.titan-embed-text-v2:0", """{"inputText":"a"}""").MaxOutputTokens);
    }

    [Theory]
    [InlineData("amazon.nova-canvas-v1:0", "can't be read in its answer")]
    [InlineData("stability.sd3-5-large-v1:0", "can't be read in its answer")]
    [InlineData("cohere.rerank-v3-5:0", "can't be read in its answer")]
    [InlineData("gpt-5-mini", "anthropic_version")]
    public void A_body_whose_cost_cant_be_known_then_refused_with_the_reason(string model, string why) =>
        Assert.Contains(why, Fault(Invoke, model, """{"prompt":"hi"}""").Message, StringComparison.Ordinal);

    [Fact]
    public void Claudes_body_for_an_applications_own_profile_then_understood_by_its_version()
    {
        var facts = Facts(
            Invoke,
            "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
            """{"anthropic_version":"v","max_tokens":7}"""
        );
        Assert.Equal(7, facts.MaxOutputTokens);
    }

    [Theory]
    [InlineData("""{"anthropic_version":"v","max_tokens":7}""", """{"model":"claude-sonnet-4-6","stream":false,"max_tokens":7}""", null)]
    [InlineData(
        """{"anthropic_beta":["a-1","b-2"],"anthropic_version":"v","max_tokens":7}""",
        """{"stream":false,"model":"claude-sonnet-4-6","max_tokens":7}""",
        "a-1,b-2"
    )]
    [InlineData(
        """{"model":"x","anthropic_version":"v","max_tokens":7,"anthropic_beta":["a-1"]}""",
        """{"model":"claude-sonnet-4-6","stream":false,"max_tokens":7}""",
        "a-1"
    )]
    public void Claudes_body_for_Anthropics_own_api_then_the_path_goes_into_it_and_the_betas_into_a_header(
        string body,
        string written,
        string? betas
    )
    {
        var format = ProviderCatalog.FindApi("anthropic")!.Serving(Invoke)!;
        var facts = Facts(Invoke, Claude, body);
        var prepared = format.Prepare(Wire.Bytes(body), facts, default).Format!;
        var output = new ArrayBufferWriter<byte>();
        prepared.WriteRequest(Wire.Bytes(body), facts, "claude-sonnet-4-6", output);

        Assert.Equal(written, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(betas, prepared.Headers.Select(header => header.Value).SingleOrDefault());
    }

    [Theory]
    [InlineData(
        "bedrock",
        """{"anthropic_version":"v","messages":[{"role":"assistant","content":[{"type":"text","text":"x"}]}],"max_tokens":9}"""
    )]
    [InlineData(
        "anthropic",
        """{"model":"m","stream":false,"messages":[{"role":"assistant","content":[{"type":"text","text":"x"}]}],"max_tokens":9}"""
    )]
    public void Thinking_of_another_vendors_model_then_it_is_left_out_where_Claude_itself_is_asked(string vendor, string written)
    {
        const string body = """
            {"anthropic_version":"v","messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"purser.unsigned"},{"type":"text","text":"x"}]}],"max_tokens":9}
            """;
        var facts = Facts(Invoke, Claude, body);
        var prepared = ProviderCatalog.FindApi(vendor)!.Serving(Invoke)!.Prepare(Wire.Bytes(body), facts, default).Format!;
        var output = new ArrayBufferWriter<byte>();

        Assert.True(prepared.NeedsRewrite(facts, "m"));
        prepared.WriteRequest(Wire.Bytes(body), facts, "m", output);

        Assert.Equal(written, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(["drop:reasoning_content"], prepared.Rules);
    }

    [Fact]
    public void A_body_of_another_family_then_it_goes_to_no_other_vendor()
    {
        const string body = """{"prompt":"hi"}""";
        var facts = Facts(Invoke, "meta.llama3-3-70b-instruct-v1:0", body);
        foreach (var vendor in new[] { "openai", "anthropic", "gemini" })
        {
            var format = ProviderCatalog.FindApi(vendor)!.Serving(Invoke)!;
            Assert.Equal(RequestFaults.Unsupported, format.Prepare(Wire.Bytes(body), facts, default).Fault!.Code);
        }
    }

    [Theory]
    [InlineData("converse", "us.anthropic.claude-sonnet-4-6", true, true)]
    [InlineData("invoke", "us.anthropic.claude-sonnet-4-6", true, true)]
    [InlineData("converse", "amazon.titan-embed-text-v2:0", false, true)]
    [InlineData("invoke", "amazon.titan-embed-text-v2:0", true, true)]
    [InlineData("converse", "stability.sd3-5-large-v1:0", false, false)]
    [InlineData("invoke", "cohere.rerank-v3-5:0", false, false)]
    [InlineData("converse", "regional.anthropic.claude-sonnet-4-6-v1:0", false, false)]
    [InlineData("invoke", "anthropic.claude-haiku-4-5@20251001", false, false)]
    public void What_Bedrock_is_asked_for_in_a_format(string format, string model, bool speaks, bool isServed)
    {
        var api = ProviderCatalog.FindApi("bedrock")!;
        Assert.Equal(speaks, api.Speaks(api.Formats.Single(own => own.Name == format), model));
        Assert.Equal(isServed, api.Formats.Any(own => api.Speaks(own, model)));
    }

    [Fact]
    public void A_url_then_the_model_is_escaped_as_one_part_of_the_path() =>
        Assert.Equal(
            "https://h/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fabc/converse-stream",
            ProviderCatalog
                .FindApi("bedrock")!
                .Url("https://h/", Converse, "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc", stream: true)
        );

    [Theory]
    [InlineData(401, "AccessDeniedException")]
    [InlineData(402, "AccessDeniedException")]
    [InlineData(404, "ResourceNotFoundException")]
    [InlineData(429, "ThrottlingException")]
    [InlineData(503, "ServiceUnavailableException")]
    public void An_error_then_a_header_names_the_exception(int status, string type)
    {
        Assert.Equal(KeyValuePair.Create("x-amzn-errortype", type), Assert.Single(Converse.ErrorHeaders(status)));
        Assert.Equal(Converse.ErrorHeaders(status), Invoke.ErrorHeaders(status));
    }

    [Fact]
    public void A_key_that_isnt_valid_then_the_error_says_where_Bedrocks_clients_have_it() =>
        Assert.Contains(
            "AWS_SESSION_TOKEN",
            Invoke.Error(new WireError(401, "invalid_api_key", "The Purser key is missing.")),
            StringComparison.Ordinal
        );
}
