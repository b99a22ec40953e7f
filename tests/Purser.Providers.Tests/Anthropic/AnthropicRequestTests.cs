using Purser.Core.Pricing;

namespace Purser.Providers.Tests.Anthropic;

public class AnthropicRequestTests
{
    private static readonly WireFormat Format = ProviderCatalog.Messages;

    [Fact]
    public void Claude_Code_request_then_all_facts_found()
    {
        const string body = """
            {"model":"claude-opus-5-5","max_tokens":32000,"stream":true,"thinking":{"type":"adaptive"},
             "system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=2;"},
                       {"type":"text","text":"You are","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "messages":[{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]}],
             "tools":[{"name":"Bash","input_schema":{"type":"object","properties":{"url":{"type":"string"}}}}],
             "metadata":{"user_id":"{\"device_id\":\"d-1\",\"account_uuid\":\"\",\"session_id\":\"s-1\"}"},
             "context_management":{"edits":[{"type":"clear_thinking_20251015","keep":"all"}]},
             "output_config":{"effort":"high"},"safeguards":{}}
            """;

        var facts = Format.Facts(body);

        Assert.Equal("claude-opus-5-5", facts.Model);
        Assert.Equal((true, 32000L, 1L), (facts.Stream, facts.MaxOutputTokens, facts.Choices));
        Assert.Equal((true, 0L, false, false), (facts.HasTools, facts.HostedToolCalls, facts.HasNonTextInput, facts.UnboundedInput));
        Assert.Equal((CacheWriteHint.OneHour, false), (facts.CacheWrites, facts.MayCompact));
        Assert.Equal(("s-1", null), (facts.SessionId, facts.EndUser));
        Assert.False(Format.NeedsRewrite(facts, "claude-opus-5-5"));
    }

    [Theory]
    // Claude Code's: the device and the account are a person's, and aren't read.
    [InlineData("""{\"device_id\":\"d\",\"account_uuid\":\"a\",\"session_id\":\"s\"}""", null, "s")]
    [InlineData("user_0f0f_account_a-1_session_s-1", null, "s-1")]
    [InlineData("user_0f0f_account__session_s-1", null, "s-1")]
    [InlineData("customer-7", "customer-7", null)]
    [InlineData("{not json", null, null)]
    [InlineData("""{\"other\":1,\"email\":\"ada@acme.io\"}""", null, null)]
    public void User_id_then_read_in_all_its_forms(string userId, string? user, string? session)
    {
        var facts = Format.Facts($$"""{"model":"m","metadata":{"user_id":"{{userId}}" } }""");

        Assert.Equal((user, session), (facts.EndUser, facts.SessionId));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", CacheWriteHint.None)]
    [InlineData("""{"model":"m","cache_control":{"type":"ephemeral"}}""", CacheWriteHint.FiveMinutes)]
    [InlineData("""{"model":"m","cache_control":{"ttl":"1h","type":"ephemeral"}}""", CacheWriteHint.OneHour)]
    [InlineData("""{"model":"m","cache_control":null}""", CacheWriteHint.None)]
    [InlineData("""{"model":"m","system":[{"text":"\"cache_control\":{\"ttl\":\"1h\"}"}]}""", CacheWriteHint.None)]
    [InlineData("""{"model":"m","tools":[{"name":"t","cache_control":{"type":"ephemeral","ttl":"5m"}}]}""", CacheWriteHint.FiveMinutes)]
    [InlineData(
        """{"model":"m","messages":[{"content":[{"type":"tool_result","content":[{"type":"text","cache_control":{"type":"ephemeral","ttl":"\u0031h"}}]}]}]}""",
        CacheWriteHint.OneHour
    )]
    [InlineData(
        """{"model":"m","tools":[{"name":"t","input_schema":{"properties":{"cache_control":{"ttl":"1h"}}}}]}""",
        CacheWriteHint.None
    )]
    [InlineData(
        """{"model":"m","messages":[{"content":[{"type":"tool_use","input":{"cache_control":{"ttl":"1h"}}}]}]}""",
        CacheWriteHint.None
    )]
    public void Cache_marks_then_found_at_any_depth_outside_of_content(string body, CacheWriteHint writes) =>
        Assert.Equal(writes, Format.Facts(body).CacheWrites);

    [Theory]
    [InlineData("""[{"name":"t","input_schema":{"type":"object"}},{"type":"custom","name":"u"}]""", 0, false)]
    [InlineData(
        """[{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728"},{"type":"computer_20251124"},{"type":"memory_20250818"}]""",
        0,
        false
    )]
    [InlineData("""[{"type":"web_search_20250305","name":"web_search","max_uses":3}]""", 3, true)]
    [InlineData("""[{"max_uses":3,"type":"web_search_20260318"},{"type":"web_fetch_20260318"}]""", 13, true)]
    [InlineData("""[{"type":"code_execution_20260521"},{"type":"mcp_toolset","mcp_server_name":"s"}]""", 20, false)]
    [InlineData("""[{"type":"web_search_20250305","max_uses":1,"max_uses":8}]""", 8, true)]
    public void Server_tools_then_bounded(string tools, long calls, bool searches)
    {
        var facts = Format.Facts($$"""{"model":"m","tools":{{tools}}}""");

        Assert.Equal((calls, searches), (facts.HostedToolCalls, facts.HasWebSearch));
    }

    [Fact]
    public void Server_tool_added_in_the_messages_then_bounded()
    {
        var facts = Format.Facts(
            """{"model":"m","messages":[{"role":"system","content":[{"type":"tool_addition","tool":{"type":"tool_definition","definition":{"type":"web_search_20260318","name":"web_search","max_uses":4}}}]}]}"""
        );

        Assert.Equal((4L, true), (facts.HostedToolCalls, facts.HasWebSearch));
    }

    [Fact]
    public void Server_tool_calls_in_the_history_then_no_tools()
    {
        var facts = Format.Facts(
            """{"model":"m","messages":[{"role":"assistant","content":[{"type":"server_tool_use","id":"1","name":"web_search","input":{"query":"x"}},{"type":"web_search_tool_result","content":[{"type":"web_search_result","url":"https://example.com"}]}]}]}"""
        );

        Assert.Equal((0L, false, false), (facts.HostedToolCalls, facts.HasWebSearch, facts.UnboundedInput));
    }

    [Fact]
    public void Advisor_and_fallbacks_then_other_models_known()
    {
        var facts = Format.Facts(
            """{"tools":[{"type":"advisor_20260301","name":"advisor","model":"claude-opus-5-5","max_uses":2}],"fallbacks":[{"model":"claude-sonnet-5","max_tokens":64000,"speed":"fast"}],"model":"claude-haiku-5","max_tokens":1000,"speed":"standard"}"""
        );

        Assert.Equal(["claude-opus-5-5", "claude-sonnet-5"], facts.OtherModels);
        Assert.Equal((64000L, 2L, "fast"), (facts.MaxOutputTokens, facts.HostedToolCalls, facts.Speed));
        Assert.False(facts.OpenEndedModels);
        Assert.True(Format.Facts("""{"model":"m","fallbacks":"default"}""").OpenEndedModels);
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"content":[{"type":"image","source":{"type":"base64","data":"AAAA"}}]}]}""", 1, false)]
    [InlineData("""{"model":"m","messages":[{"content":[{"type":"image","source":{"type":"url","url":"https://e.com/a"}}]}]}""", 1, true)]
    [InlineData(
        """{"model":"m","messages":[{"content":[{"type":"tool_result","content":[{"type":"document","source":{"type":"base64","data":"AA"}}]}]}]}""",
        1,
        false
    )]
    [InlineData("""{"model":"m","messages":[{"content":[{"type":"container_upload","file_id":"f"}]}]}""", 1, true)]
    [InlineData(
        """{"model":"m","messages":[{"content":[{"type":"tool_use","input":{"type":"image","url":"https://e.com","file_id":"f"}}]}]}""",
        0,
        false
    )]
    [InlineData("""{"model":"m","container":"c-1"}""", 0, true)]
    [InlineData("""{"model":"m","container":null}""", 0, false)]
    [InlineData("""{"model":"m","mcp_servers":[{"type":"url","url":"https://e.com"}]}""", 0, true)]
    [InlineData("""{"model":"m","mcp_servers":[]}""", 0, false)]
    [InlineData("""{"model":"m","thread":{"type":"create"}}""", 0, false)]
    [InlineData("""{"model":"m","thread":{"type":"continue","previous_message_id":"msg_1"}}""", 0, true)]
    [InlineData("""{"model":"m","thread":{"previous_message_id":"msg_1"}}""", 0, true)]
    public void Input_that_the_body_does_not_bound_then_seen(string body, int nonText, bool unbounded)
    {
        var facts = Format.Facts(body);

        Assert.Equal((nonText, unbounded), (facts.NonTextParts, facts.UnboundedInput));
    }

    [Theory]
    [InlineData("""{"model":"m","context_management":{"edits":[{"type":"compact_20260112"}]}}""", true)]
    [InlineData("""{"model":"m","compaction":{"type":"summarize"}}""", true)]
    [InlineData("""{"model":"m","context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]}}""", false)]
    [InlineData("""{"model":"m","compaction":null}""", false)]
    public void Compaction_then_known(string body, bool compacts) => Assert.Equal(compacts, Format.Facts(body).MayCompact);

    [Fact]
    public void Tier_speed_and_geography_then_found()
    {
        var facts = Format.Facts("""{"model":"m","service_tier":"auto","speed":"fast","inference_geo":"us"}""");

        Assert.Equal(("auto", "fast", "us"), (facts.ServiceTier, facts.Speed, facts.InferenceGeo));
    }

    // It's no tier of a price of its own.
    [Fact]
    public void Standard_tier_alone_then_the_standard_price() =>
        Assert.Null(Format.Facts("""{"model":"m","service_tier":"standard_only"}""").ServiceTier);

    [Fact]
    public void Renamed_model_then_only_its_token_changes() =>
        Assert.Equal(
            """{"max_tokens":1, "model":"claude-sonnet-5" ,"stream":true,"new_beta":{"x":[1.0]}}""",
            Format.Rewrite("""{"max_tokens":1, "model":"sonnet" ,"stream":true,"new_beta":{"x":[1.0]}}""", "claude-sonnet-5")
        );

    [Theory]
    [InlineData("https://api.anthropic.com", "https://api.anthropic.com/v1/messages")]
    [InlineData("https://api.anthropic.com/", "https://api.anthropic.com/v1/messages")]
    [InlineData("https://api.anthropic.com/v1", "https://api.anthropic.com/v1/messages")]
    [InlineData("https://example.com/anthropic/v1/", "https://example.com/anthropic/v1/messages")]
    public void Base_url_then_path_appended_with_or_without_version(string baseUrl, string url) =>
        Assert.Equal(url, ProviderCatalog.FindApi("anthropic")!.Url(baseUrl, Format, "m", stream: false));

    [Fact]
    public void Credential_then_the_key_header_and_a_default_version()
    {
        var headers = new List<(string, string)>();
        var api = ProviderCatalog.FindApi("anthropic")!;
        api.AddCredential("sk-ant-1", (name, value) => headers.Add((name, value)));

        Assert.Equal([("x-api-key", "sk-ant-1")], headers);
        Assert.Equal([new("anthropic-version", "2023-06-01")], api.DefaultHeaders);
    }
}
