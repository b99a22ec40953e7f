using System.Text;

namespace Purser.Providers.Tests;

/// <summary>The bodies that Purser writes itself, in each client's own format.</summary>
public class OwnBodiesTests
{
    private static readonly WireError Refused = new(
        402,
        "budget_exceeded",
        "The team's budget \"search\" is spent.",
        RequestId: "req-1",
        Details: [new("budget", "search"), new("limit_usd", "50.000000000"), new("type", "never overwrites")]
    );

    [Fact]
    public void Refusal_for_an_OpenAI_client_then_in_its_format() =>
        Assert.Equal(
            """{"error":{"message":"The team's budget \"search\" is spent.","type":"insufficient_quota","param":null,"code":"budget_exceeded","budget":"search","limit_usd":"50.000000000","request_id":"req-1"}}""",
            ProviderCatalog.Chat.Error(Refused)
        );

    [Fact]
    public void Refusal_for_an_Anthropic_client_then_in_its_format() =>
        Assert.Equal(
            """{"type":"error","error":{"type":"billing_error","message":"The team's budget \"search\" is spent.","code":"budget_exceeded","budget":"search","limit_usd":"50.000000000"},"request_id":"req-1"}""",
            ProviderCatalog.Messages.Error(Refused)
        );

    [Theory]
    [InlineData(400, "invalid_request_error", "invalid_request_error")]
    [InlineData(401, "authentication_error", "authentication_error")]
    [InlineData(403, "authentication_error", "permission_error")]
    [InlineData(404, "invalid_request_error", "not_found_error")]
    [InlineData(413, "invalid_request_error", "request_too_large")]
    [InlineData(429, "rate_limit_error", "rate_limit_error")]
    [InlineData(502, "server_error", "api_error")]
    [InlineData(504, "server_error", "timeout_error")]
    [InlineData(529, "server_error", "overloaded_error")]
    public void Status_then_the_type_that_the_clients_know(int status, string openAI, string anthropic)
    {
        var error = new WireError(status, "c", "m");

        Assert.Contains($"\"type\":\"{openAI}\"", ProviderCatalog.Chat.Error(error), StringComparison.Ordinal);
        Assert.Contains($"\"error\":{{\"type\":\"{anthropic}\"", ProviderCatalog.Messages.Error(error), StringComparison.Ordinal);
    }

    [Fact]
    public void Model_list_then_as_each_client_expects_it()
    {
        ListedModel[] models = [new("gpt-5-mini", "openai", DateTimeOffset.FromUnixTimeSeconds(1754_524_800)), new("m", "local")];

        Assert.Equal(
            """{"object":"list","data":[{"id":"gpt-5-mini","object":"model","created":1754524800,"owned_by":"openai"},{"id":"m","object":"model","created":0,"owned_by":"local"}]}""",
            Encoding.UTF8.GetString(ProviderCatalog.Chat.ModelList(models))
        );
        Assert.Equal(
            """{"data":[{"type":"model","id":"gpt-5-mini","display_name":"gpt-5-mini","created_at":"2025-08-07T00:00:00Z"},{"type":"model","id":"m","display_name":"m","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"gpt-5-mini","last_id":"m"}""",
            Encoding.UTF8.GetString(ProviderCatalog.Messages.ModelList(models))
        );
    }

    [Fact]
    public void Api_name_then_its_formats_or_none()
    {
        Assert.Equal([ProviderCatalog.Chat, ProviderCatalog.Responses], ProviderCatalog.FindApi("openai")!.Formats.Take(2));
        Assert.Equal([ProviderCatalog.Messages], ProviderCatalog.FindApi("anthropic")!.Formats);
        Assert.Null(ProviderCatalog.FindApi("OpenAI"));
    }
}
