using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Purser.Providers.Tests.OpenAI;

/// <summary>What the chat completions of vendors don't take, or take under another name.</summary>
public sealed class ChatDialectTests
{
    [Theory]
    [InlineData("""{"model":"m","max_completion_tokens":5,"messages":[]}""", """{"model":"m","max_tokens":5,"messages":[]}""")]
    [InlineData(
        """{"model":"m","max_tokens":9,"max_completion_tokens":5,"messages":[]}""",
        """{"model":"m","max_tokens":5,"messages":[]}"""
    )]
    [InlineData(
        """{"model":"m","messages":[],"max_completion_tokens":5 , "max_tokens" : null }""",
        """{"model":"m","messages":[],"max_tokens":5  }"""
    )]
    [InlineData(
        """{"model":"m","max_tokens":9,"max_completion_tokens":null,"messages":[]}""",
        """{"model":"m","max_tokens":9,"messages":[]}"""
    )]
    [InlineData("""{"model":"m","max\u005fcompletion_tokens":5,"messages":[]}""", """{"model":"m","max_tokens":5,"messages":[]}""")]
    [InlineData("""{"model":"m","max_tokens":5}""", """{"model":"m","max_tokens":5}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m"}""")]
    public void The_limit_has_the_name_that_the_vendor_keeps(string body, string sent)
    {
        Assert.Equal(sent, Sent("deepseek", body));
    }

    [Theory]
    [InlineData("""{"model":"m","max_completion_tokens":50}""", """{"model":"m","max_tokens":7}""")]
    [InlineData("""{"model":"m","max_tokens":50,"max_completion_tokens":90}""", """{"model":"m","max_tokens":7}""")]
    [InlineData("""{"model":"m","max_tokens":null,"max_completion_tokens":null}""", """{"model":"m","max_tokens":7}""")]
    [InlineData("""{"model":"m"}""", """{"model":"m","max_tokens":7}""")]
    public void A_lowered_limit_has_it_too(string body, string sent)
    {
        Assert.Equal(sent, Sent("deepseek", body, 7));
    }

    [Theory]
    [InlineData("""{"model":"m","stream":true}""", """{"model":"m","stream":true}""")]
    [InlineData(
        """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""",
        """{"model":"m","stream":true,"stream_options":{}}"""
    )]
    [InlineData("""{"model":"m","stream":true,"stream_options":null}""", """{"model":"m","stream":true,"stream_options":{}}""")]
    public void Mistral_is_not_asked_for_usage(string body, string sent)
    {
        Assert.Equal(sent, Sent("mistral", body));
    }

    [Fact]
    public void Others_are_asked_for_it()
    {
        Assert.Equal(
            """{"model":"m","stream":true,"stream_options":{"include_usage":true}}""",
            Sent("groq", """{"model":"m","stream":true}""")
        );
    }

    [Theory]
    [InlineData("deepseek", "chat", "https://api.deepseek.com/chat/completions")]
    [InlineData("deepseek", "messages", "https://api.deepseek.com/anthropic/v1/messages")]
    [InlineData("groq", "responses", "https://api.groq.com/openai/v1/responses")]
    [InlineData("zai", "chat", "https://api.z.ai/api/paas/v4/chat/completions")]
    [InlineData("vllm", "messages", "http://localhost:8000/v1/messages")]
    public void Each_vendor_has_its_paths(string name, string asked, string url)
    {
        var api = ProviderCatalog.FindApi(name)!;
        var format = api.Serving(ProviderCatalog.Formats.Single(format => format.Name == asked))!;

        Assert.Equal(url, api.Url(api.DefaultBaseUrl!, format, "m", stream: false));
    }

    [Theory]
    [InlineData(
        "https://x.openai.azure.com",
        "chat",
        "https://x.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2025-04-01-preview"
    )]
    [InlineData(
        "https://x.openai.azure.com/?api-version=2024-10-21",
        "chat",
        "https://x.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21"
    )]
    [InlineData("https://x.openai.azure.com/openai/v1/", "chat", "https://x.openai.azure.com/openai/v1/chat/completions")]
    [InlineData("https://x.openai.azure.com", "responses", "https://x.openai.azure.com/openai/responses?api-version=2025-04-01-preview")]
    [InlineData(
        "https://x.openai.azure.com/openai/v1?api-version=preview",
        "responses",
        "https://x.openai.azure.com/openai/v1/responses?api-version=preview"
    )]
    public void Azure_has_its_deployments_in_the_path(string baseUrl, string asked, string url)
    {
        var api = ProviderCatalog.FindApi("azure")!;
        var format = api.Formats.Single(format => format.Name == asked);

        Assert.Equal(url, api.Url(baseUrl, format, "my gpt", stream: false));
    }

    [Theory]
    [InlineData("0123456789abcdef", "api-key: 0123456789abcdef")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln", "Authorization: Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2ln")]
    public void Azure_takes_a_key_or_a_token_of_Entra(string credential, string header)
    {
        var headers = new List<string>();
        ProviderCatalog.FindApi("azure")!.AddCredential(credential, (name, value) => headers.Add($"{name}: {value}"));

        Assert.Equal([header], headers);
    }

    [Theory]
    [InlineData("""{"messages":[]}""", """{"messages":[],"model":"gpt-5"}""")]
    [InlineData("""{"model":"ignored","messages":[]}""", """{"model":"gpt-5","messages":[]}""")]
    [InlineData("""{"model":"gpt-5","messages":[]}""", """{"model":"gpt-5","messages":[]}""")]
    public void The_model_of_a_path_goes_before_that_of_the_body(string body, string sent)
    {
        var format = ProviderCatalog.Chat;
        var bytes = Encoding.UTF8.GetBytes(body);
        var facts = format.Understand(bytes, new RequestTarget("gpt-5")).Facts!;

        Assert.Equal("gpt-5", facts.Model);
        Assert.Equal(sent, Written(format, bytes, facts, "gpt-5", null));
    }

    private static string Sent(string vendor, string body, long? most = null)
    {
        var format = ProviderCatalog.FindApi(vendor)!.Serving(ProviderCatalog.Chat)!;
        var bytes = Encoding.UTF8.GetBytes(body);
        var facts = format.Understand(bytes).Facts!;
        return Written(format, bytes, facts, facts.Model, most);
    }

    private static string Written(WireFormat format, byte[] bytes, RequestFacts facts, string model, long? most)
    {
        var output = new ArrayBufferWriter<byte>();
        format.WriteRequest(bytes, facts, model, output, most);
        var sent = Encoding.UTF8.GetString(output.WrittenSpan);
        JsonDocument.Parse(sent).Dispose();
        Assert.Equal(sent != Encoding.UTF8.GetString(bytes), format.NeedsRewrite(facts, model, most));
        return sent;
    }
}
