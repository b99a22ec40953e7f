using Purser.Providers.Passthrough;

namespace Purser.Providers.Tests.Passthrough;

public sealed class PassthroughPathTests
{
    [Theory]
    [InlineData("/passthrough/openai/v1/models", "openai", "/v1/models")]
    [InlineData(
        "/passthrough/gemini/v1beta/models/gemini-2.5-flash:countTokens?key=x",
        "gemini",
        "/v1beta/models/gemini-2.5-flash:countTokens"
    )]
    [InlineData("/passthrough/a/b?x=/../c", "a", "/b")]
    public void A_plain_path_is_split(string target, string provider, string path)
    {
        Assert.True(PassthroughPath.TrySplit(target, "/passthrough/", out var name, out var rest));
        Assert.Equal((provider, path), (name, rest));
    }

    [Theory]
    [InlineData("/passthrough/openai")]
    [InlineData("/passthrough/openai/")]
    [InlineData("/passthrough/openai/v1/")]
    [InlineData("/passthrough/openai//v1")]
    [InlineData("/passthrough/openai/./v1")]
    [InlineData("/passthrough/openai/../v1")]
    [InlineData("/passthrough/openai/...")]
    [InlineData("/passthrough/openai/v1.")]
    [InlineData("/passthrough/openai/%76")]
    [InlineData("/passthrough/openai/v;1")]
    [InlineData("/passthrough/openai/v\\1")]
    [InlineData("/passthrough/openai/v 1")]
    [InlineData("/passthrough/openai/ｖ1")]
    [InlineData("/passthrough/openai/v1#x")]
    [InlineData("/Passthrough/openai/v1")]
    [InlineData("http://host/passthrough/openai/v1")]
    [InlineData("*")]
    [InlineData("")]
    public void Any_other_is_not(string target) => Assert.False(PassthroughPath.TrySplit(target, "/passthrough/", out _, out _));

    [Theory]
    [InlineData("/v1/organization/users", "organization")]
    [InlineData("/v1/ORGANIZATION", "ORGANIZATION")]
    [InlineData("/v1beta/models:batchesList/x", null)]
    [InlineData("/v1/models/files:list", "files")]
    [InlineData("/v1/fine_tuning/jobs", "fine_tuning")]
    [InlineData("/v1beta/cachedContents", "cachedContents")]
    [InlineData("/v1/models/gpt-5-mini", null)]
    [InlineData("/v1/ocr", null)]
    public void What_is_closed_is_found_in_any_part(string path, string? part) => Assert.Equal(part, PassthroughPath.FindClosed(path));

    [Fact]
    public void No_vendor_lists_what_is_closed() =>
        Assert.DoesNotContain(
            ProviderCatalog.Apis.SelectMany(api => api.PassthroughRoutes),
            route => PassthroughPath.FindClosed(route.Template) is not null
        );

    [Theory]
    [InlineData("/v1/models/{model}", "/v1/models/m", "m")]
    [InlineData("/v1beta/models/{model}:countTokens", "/v1beta/models/m:countTokens", "m")]
    [InlineData("/model/{model}/converse", "/model/amazon.nova-pro-v1:0/converse", "amazon.nova-pro-v1:0")]
    public void A_template_takes_one_part(string template, string path, string model)
    {
        Assert.True(PassthroughRoute.TryMatch(template, path, out var found));
        Assert.Equal(model, found);
    }

    [Theory]
    [InlineData("/v1/models/{model}", "/v1/models/m/permissions")]
    [InlineData("/v1/models/{model}", "/v1/Models/m")]
    [InlineData("/v1/models/{model}", "/v1/models/m:delete")]
    [InlineData("/v1/models/{model}", "/v1/models/m:0:delete")]
    [InlineData("/v1beta/models/{model}:countTokens", "/v1beta/models/m:generateContent")]
    [InlineData("/v1beta/models/{model}:countTokens", "/v1beta/models/:countTokens")]
    [InlineData("/v1beta/models/{model}:countTokens", "/v1beta/models/a:b:countTokens")]
    public void And_no_other(string template, string path) => Assert.False(PassthroughRoute.TryMatch(template, path, out _));

    [Theory]
    [InlineData("openai", "https://api.openai.com/v1", "/v1/models", "https://api.openai.com/v1/models")]
    [InlineData("openai", "https://api.openai.com/v1/", "/v1/models", "https://api.openai.com/v1/models")]
    [InlineData("groq", "https://api.groq.com/openai/v1", "/openai/v1/models", "https://api.groq.com/openai/v1/models")]
    [InlineData("groq", "https://api.groq.com/openai/v1", "/v1/models", "https://api.groq.com/openai/v1/models")]
    [InlineData("deepseek", "https://api.deepseek.com", "/v1/models", "https://api.deepseek.com/v1/models")]
    [InlineData("openai", "http://h/v1", "/v10/x", "http://h/v1/v10/x")]
    [InlineData("cohere", "https://api.cohere.com/v2", "/v1/tokenize", "https://api.cohere.com/v1/tokenize")]
    [InlineData("gemini", "https://g/v1beta", "/v1/models", "https://g/v1/models")]
    [InlineData(
        "azure",
        "https://r.openai.azure.com/openai/v1?api-version=x",
        "/openai/v1/models",
        "https://r.openai.azure.com/openai/v1/models"
    )]
    public void What_the_base_url_ends_in_is_not_there_twice(string api, string baseUrl, string path, string url) =>
        Assert.Equal(url, ProviderCatalog.FindApi(api)!.PassthroughUrl(baseUrl, path));
}
