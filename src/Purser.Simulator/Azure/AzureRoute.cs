using Microsoft.AspNetCore.Http;

namespace Purser.Simulator.Azure;

/// <summary>What the URL of an Azure OpenAI operation says.</summary>
/// <param name="Operation">What is asked: <c>chat/completions</c>, <c>responses</c> or <c>embeddings</c>.</param>
/// <param name="Deployment">The deployment in the URL, whose name stands for its model; null where the body names it.</param>
/// <param name="Version">The <c>api-version</c>; null where it is missing.</param>
/// <param name="IsV1">Whether it is the API without versions, <c>/openai/v1</c>.</param>
internal sealed record AzureRoute(string Operation, string? Deployment, string? Version, bool IsV1)
{
    private const string Start = "/openai/";

    /// <summary>Reads <c>/openai/deployments/D/OPERATION</c>, <c>/openai/OPERATION</c> and <c>/openai/v1/OPERATION</c>.</summary>
    /// <returns>Null when the path isn't Azure's.</returns>
    public static AzureRoute? Parse(HttpRequest request)
    {
        var path = request.Path.Value ?? "";
        if (!path.StartsWith(Start, StringComparison.Ordinal))
        {
            return null;
        }

        var version = request.Query["api-version"].ToString() is { Length: > 0 } said ? said : null;
        var parts = path[Start.Length..].Split('/');
        return parts switch
        {
            ["deployments", { Length: > 0 } deployment, .. var operation] => new AzureRoute(
                string.Join('/', operation),
                deployment,
                version,
                false
            ),
            ["v1", .. var operation] => new AzureRoute(string.Join('/', operation), null, version, true),
            _ => new AzureRoute(string.Join('/', parts), null, version, false),
        };
    }
}
