using System.Text.Json.Nodes;
using Xunit;

namespace Purser.Gateway.Tests.Routing;

/// <summary>What can be asked for in a model's place is in the lists that clients offer their users.</summary>
public sealed class ListedNamesTests
{
    [Theory]
    [InlineData("/v1/models", null, "data", "id", "")]
    [InlineData("/v1/models", "anthropic-version", "data", "id", "")]
    [InlineData("/v1beta/models", null, "models", "name", "models/")]
    [InlineData("/api/tags", null, "models", "name", "")]
    public async Task Policies_and_aliases_are_behind_the_models_in_every_format(
        string path,
        string? header,
        string list,
        string member,
        string prefix
    )
    {
        await using var gateway = await RoutedGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);

        var answer = await GetAsync(gateway, path, key, header);

        Assert.Equal(
            ["auto", "auto:best", "auto:fast", "auto:near", "auto:trivial", "smart", "thrifty"],
            answer[list]!.AsArray().Select(model => model![member]!.GetValue<string>()[prefix.Length..]).SkipWhile(name => name != "auto")
        );
    }

    [Fact]
    public async Task One_is_shown_with_the_limits_of_the_model_that_it_stands_for_and_without_routing_there_is_none()
    {
        await using var gateway = await RoutedGateway.StartAsync();
        var key = await gateway.KeyAsync(1m);
        await using var plain = await TestGateway.StartAsync();
        var other = await plain.KeyAsync(1m);

        var shown = await GetAsync(gateway, "/v1/models/auto:fast", key, null);
        var gemini = await GetAsync(gateway, "/v1beta/models/smart", key, null);
        var none = await GetAsync(plain, "/v1/models/auto", other, null);

        Assert.Equal(("auto:fast", "purser"), (shown["id"]!.GetValue<string>(), shown["owned_by"]!.GetValue<string>()));
        Assert.Equal(128_000, gemini["outputTokenLimit"]!.GetValue<int>());
        Assert.Equal("model_not_found", none["error"]!["code"]!.GetValue<string>());
    }

    private static async Task<JsonNode> GetAsync(TestGateway gateway, string path, string key, string? header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, "2023-06-01");
        }

        using var response = await gateway.Client.SendAsync(request);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
