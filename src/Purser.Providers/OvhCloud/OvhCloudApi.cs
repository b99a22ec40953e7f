using Purser.Providers.OpenAI;

namespace Purser.Providers.OvhCloud;

/// <summary>OVHcloud's AI endpoints.</summary>
public sealed class OvhCloudApi()
    : OpenAICompatibleApi(Chat(new ChatDialect("ovhcloud") { LimitIsMaxTokens = true }), Embeddings("ovhcloud"))
{
    /// <inheritdoc/>
    public override string Name => "ovhcloud";

    /// <inheritdoc/>
    public override string? DefaultBaseUrl => "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1";

    /// <inheritdoc/>
    public override string? EnvironmentPrefix => "OVHCLOUD";
}
