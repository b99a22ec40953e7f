using Purser.Gateway.Configuration;
using Purser.Gateway.Credentials;
using Xunit;

namespace Purser.Gateway.Tests.Credentials;

public sealed class ConfigurationTests
{
    [Fact]
    public void A_provider_may_have_no_key_in_the_configuration()
    {
        var configuration = Parse("providers:\n  - name: openai\n");

        Assert.Empty(configuration.Errors);
        Assert.Equal("", Assert.Single(configuration.Providers).ApiKey);
    }

    [Fact]
    public void A_key_that_is_named_and_not_there_is_an_error()
    {
        var configuration = Parse("providers:\n  - name: openai\n    api_key: ${NOT_SET}\n");

        Assert.Contains("NOT_SET", Assert.Single(configuration.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_master_keys_file_may_be_named_by_a_variable()
    {
        var configuration = Parse("master_key_file: ${CREDENTIALS_DIRECTORY}/master\n");

        Assert.Empty(configuration.Errors);
        Assert.Equal("/run/credentials/master", configuration.MasterKeyFile);
    }

    [Fact]
    public void The_text_of_the_options_is_without_the_master_key()
    {
        var text = MasterKey.New();
        var options = new GatewayOptions { MasterKey = MasterKey.Load(null, "data", _ => text) };

        Assert.NotNull(options.MasterKey);
        Assert.DoesNotContain(text, options.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("api: anthropic, base_url: 'https://api.anthropic.com'", true)]
    [InlineData("api: anthropic", true)]
    [InlineData("api: openai, base_url: 'https://chatgpt.com/backend-api/codex'", true)]
    [InlineData("api: openai, base_url: 'https://api.openai.com/v1'", false)]
    [InlineData("api: anthropic, base_url: 'http://api.anthropic.com'", false)]
    [InlineData("api: anthropic, base_url: 'https://api.anthropic.com.example.com'", false)]
    [InlineData("api: anthropic, base_url: 'https://proxy.example.com', subscription_passthrough: allow", true)]
    [InlineData("api: anthropic, subscription_passthrough: deny", false)]
    public void A_callers_subscription_goes_to_its_vendor_unless_it_is_said_otherwise(string provider, bool takes)
    {
        var configuration = Parse($"providers:\n  - {{ name: a, api_key: k, {provider} }}\n");

        Assert.Empty(configuration.Errors);
        Assert.Equal(takes, Assert.Single(configuration.Providers).TakesSubscriptions);
    }

    [Fact]
    public void Another_word_for_it_is_an_error() =>
        Assert.NotEmpty(Parse("providers:\n  - { name: openai, api_key: k, subscription_passthrough: yes }\n").Errors);

    private static ConfigurationFile Parse(string text) =>
        ConfigurationFile.Parse("purser.yml", text, name => name == "CREDENTIALS_DIRECTORY" ? "/run/credentials" : null);
}
