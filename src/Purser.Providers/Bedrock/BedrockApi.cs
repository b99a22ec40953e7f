namespace Purser.Providers.Bedrock;

/// <summary>
/// Amazon Bedrock in one region. It is told who calls by a signature (AWS's Signature Version 4) with the keys of an AWS account, or by an API key of
/// its own as a bearer token.
/// </summary>
public sealed class BedrockApi : ProviderApi
{
    /// <inheritdoc/>
    public override string Name => "bedrock";

    /// <inheritdoc/>
    public override string Prices => "aws";

    /// <inheritdoc/>
    public override bool NeedsNoKey => true;

    /// <inheritdoc/>
    public override bool TakesAwsAccount => true;

    /// <inheritdoc/>
    public override IReadOnlyList<string> CredentialKinds => ["aws-keys", "key"];

    /// <inheritdoc/>
    public override IReadOnlyList<WireFormat> Formats { get; } = [ProviderCatalog.Converse, ProviderCatalog.Invoke];

    /// <inheritdoc/>
    public override string RegionalUrl(string region) => $"https://bedrock-runtime.{region}.amazonaws.com";

    /// <inheritdoc/>
    public override string Url(string baseUrl, WireFormat format, string model, bool stream)
    {
        var operation =
            format is InvokeFormat ? (stream ? "invoke-with-response-stream" : "invoke") : (stream ? "converse-stream" : "converse");
        return Below(baseUrl, $"/model/{Uri.EscapeDataString(model)}/{operation}");
    }

    /// <summary>Bedrock knows no query here, and what is signed has none.</summary>
    public override string Query(WireFormat format, bool stream, string query) => "";

    /// <summary>The price book also has names that Bedrock doesn't.</summary>
    public override bool Speaks(WireFormat format, string model) =>
        !model.StartsWith("regional.", StringComparison.Ordinal)
        && !model.Contains('@', StringComparison.Ordinal)
        && (format is InvokeFormat ? ModelFamilies.CanBeInvoked(model) : ModelFamilies.Converses(model));
}
