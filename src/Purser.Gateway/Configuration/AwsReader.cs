using Purser.Gateway.Credentials;
using Purser.Providers;
using YamlDotNet.RepresentationModel;

namespace Purser.Gateway.Configuration;

/// <summary>What a provider's configuration says of its AWS account.</summary>
/// <param name="ApiKey">An API key of Bedrock's own; empty for none.</param>
/// <param name="Region">The region; null where the API has none.</param>
/// <param name="Keys">The keys that sign, as <see cref="AwsKeys"/> writes them; empty for none.</param>
/// <param name="Profile">The profile whose keys sign; null for none.</param>
internal sealed record AwsSettings(string ApiKey, string? Region, string Keys, string? Profile);

/// <summary>Reads how a provider of AWS's is called.</summary>
/// <param name="yaml">The document.</param>
/// <param name="expand">Puts the environment's values in.</param>
/// <param name="environment">Looks up environment variables.</param>
internal sealed class AwsReader(YamlReader yaml, Func<YamlMappingNode, string, string, string> expand, Func<string, string?> environment)
{
    /// <summary>The region's name in the configuration.</summary>
    public const string Region = "region";

    private const string Id = "access_key_id";
    private const string Secret = "secret_access_key";
    private const string Token = "session_token";
    private const string Profile = "profile";

    // AWS's own clients read it, and it goes before other credentials there, too.
    private const string BearerVariable = "AWS_BEARER_TOKEN_BEDROCK";

    /// <summary>The keys of a provider that it reads.</summary>
    public static IReadOnlyList<string> Keys { get; } = [Region, Id, Secret, Token, Profile];

    /// <summary>Reads a provider's settings; null where they are at fault.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="api">Its API; null where that is at fault.</param>
    /// <param name="apiKey">Its <c>api_key</c>; empty for none, null where that is at fault.</param>
    public AwsSettings? Read(YamlMappingNode provider, ProviderApi? api, string? apiKey)
    {
        if (api is null || apiKey is null)
        {
            return null;
        }

        if (!api.TakesAwsAccount)
        {
            if (Keys.FirstOrDefault(key => provider.Children.ContainsKey(key)) is not { } alien)
            {
                return new AwsSettings(apiKey, null, "", null);
            }

            yaml.Error(provider[alien], $"'{alien}' is for providers of AWS's, and '{api.Name}' is none.");
            return null;
        }

        var (id, secret, token, profile) = (Value(provider, Id), Value(provider, Secret), Value(provider, Token), Value(provider, Profile));
        if ((id is null) != (secret is null) || (token is not null && id is null))
        {
            yaml.Error(provider, $"'{Id}' and '{Secret}' belong together, and '{Token}' with them.");
            return null;
        }

        if (new[] { apiKey.Length > 0, id is not null, profile is not null }.Count(isThere => isThere) > 1)
        {
            yaml.Error(provider, $"One of 'api_key', '{Id}' and '{Profile}' says who calls, not several.");
            return null;
        }

        var keys = id is null ? "" : string.Join(':', new[] { id, secret, token }.OfType<string>());
        if (keys.Length > 0 && AwsKeys.TryParse(keys) is null)
        {
            yaml.Error(provider[Id], $"'{Id}', '{Secret}' and '{Token}' have no spaces and no colons.");
            return null;
        }

        var isOwn = apiKey.Length + keys.Length > 0 || profile is not null;
        var region = yaml.Text(provider, Region) is { } given ? expand(provider, Region, given) : null;
        return new AwsSettings(isOwn ? apiKey : environment(BearerVariable) ?? "", region, keys, profile);
    }

    private string? Value(YamlMappingNode provider, string key) =>
        yaml.Text(provider, key) is { } text ? expand(provider, key, text) : null;
}
