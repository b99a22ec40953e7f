using Purser.Gateway.Configuration;
using Purser.Providers;
using Xunit;

namespace Purser.Gateway.Tests.Configuration;

/// <summary>Providers in <c>purser.yml</c>.</summary>
public sealed class ProvidersTests
{
    [Fact]
    public void A_name_that_is_an_apis_then_its_usual_address()
    {
        var provider = Assert.Single(Parse("providers: [{ name: groq, api_key: k }]").Providers);

        Assert.Equal(("groq", "groq", "https://api.groq.com/openai/v1"), (provider.Name, provider.Api, provider.BaseUrl.OriginalString));
        Assert.Empty(provider.Deployments);
    }

    [Fact]
    public void Deployments_then_names_and_their_models()
    {
        var provider = Assert.Single(
            Parse(
                """
                providers:
                  - name: azure
                    base_url: https://x.openai.azure.com?api-version=2024-10-21
                    api_key: k
                    deployments:
                      prod: gpt-5-mini
                      old: gpt-4o
                """
            ).Providers
        );

        Assert.Equal(new Dictionary<string, string> { ["prod"] = "gpt-5-mini", ["old"] = "gpt-4o" }, provider.Deployments);
        Assert.Null(provider.Models);
    }

    [Theory]
    [InlineData("deployments: [prod]")]
    [InlineData("deployments: prod")]
    [InlineData("deployments: { prod: [gpt-5-mini] }")]
    public void Deployments_of_another_form_then_an_error_at_their_place(string deployments)
    {
        var configuration = Parse($"providers:\n  - name: groq\n    api_key: k\n    {deployments}\n");

        var error = Assert.Single(configuration.Errors);
        Assert.Equal(4, error.Line);
        Assert.Contains("deployments", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_server_of_ones_own_needs_no_key()
    {
        var configuration = Parse(
            "providers: [{ name: vllm }, { name: llamacpp }, { name: x, api: openai-compatible, base_url: http://x/v1 }]"
        );

        Assert.Empty(configuration.Errors);
        Assert.All(configuration.Providers, provider => Assert.Equal("", provider.ApiKey));
    }

    [Fact]
    public void Every_api_can_be_named_once_and_has_a_url_for_each_of_its_formats()
    {
        Assert.Equal(ProviderCatalog.Apis.Count, ProviderCatalog.Apis.Select(api => api.Name).Distinct().Count());
        foreach (var api in ProviderCatalog.Apis)
        {
            Assert.NotEmpty(api.Formats);
            foreach (var format in api.Formats)
            {
                var url = api.Url(api.DefaultBaseUrl ?? "https://example.test/", format, "some model", stream: true);
                Assert.True(Uri.TryCreate(url, UriKind.Absolute, out _), url);
                Assert.DoesNotContain("//", url["https://".Length..], StringComparison.Ordinal);
            }
        }
    }

    private static ConfigurationFile Parse(string text) => ConfigurationFile.Parse("purser.yml", text, _ => null);
}
