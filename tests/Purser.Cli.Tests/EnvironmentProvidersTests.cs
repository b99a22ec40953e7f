using Purser.Gateway.Configuration;

namespace Purser.Cli.Tests;

/// <summary>Providers without a <c>purser.yml</c>: those whose keys are in the environment.</summary>
public sealed class EnvironmentProvidersTests
{
    [Fact]
    public void Each_vendor_whose_key_is_there_is_a_provider()
    {
        var environment = new Dictionary<string, string> { ["GROQ_API_KEY"] = "g", ["DEEPSEEK_API_KEY"] = "d" };

        var options = OptionsLoader.Load(null, "", null, null, environment.GetValueOrDefault);

        Assert.Equal(["deepseek", "groq"], options.Providers.Select(provider => provider.Name));
    }
}
