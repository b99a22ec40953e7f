using Purser.Simulator.Http;

namespace Purser.Simulator.Bedrock;

/// <summary>The lists of Bedrock's control plane: foundation models, and the profiles that spread their load over regions.</summary>
internal static class BedrockModels
{
    private const string Account = "123456789012";

    private static readonly (string Id, string Provider, string Name, bool TakesImages)[] Models =
    [
        ("anthropic.claude-opus-5-5", "Anthropic", "Claude Opus 5.5", true),
        ("anthropic.claude-sonnet-5-5", "Anthropic", "Claude Sonnet 5.5", true),
        ("anthropic.claude-haiku-5-5", "Anthropic", "Claude Haiku 5.5", true),
        ("anthropic.claude-sonnet-4-6", "Anthropic", "Claude Sonnet 4.6", true),
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "Anthropic", "Claude Sonnet 4.5", true),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "Anthropic", "Claude Haiku 4.5", true),
        ("amazon.nova-pro-v1:0", "Amazon", "Nova Pro", true),
        ("amazon.nova-lite-v1:0", "Amazon", "Nova Lite", true),
        ("amazon.nova-micro-v1:0", "Amazon", "Nova Micro", false),
        ("meta.llama3-3-70b-instruct-v1:0", "Meta", "Llama 3.3 70B Instruct", false),
    ];

    /// <summary>Writes <c>GET /foundation-models</c>.</summary>
    public static void WriteModels(OutputBuffer to, string region)
    {
        to.Add("{\"modelSummaries\":["u8);
        foreach (var (id, provider, name, takesImages) in Models)
        {
            to.Add(id == Models[0].Id ? ""u8 : ","u8)
                .Add("{\"customizationsSupported\":[],\"inferenceTypesSupported\":[\"ON_DEMAND\",\"INFERENCE_PROFILE\"],"u8);
            to.Add("\"inputModalities\":["u8).Add(takesImages ? "\"TEXT\",\"IMAGE\""u8 : "\"TEXT\""u8).Add("],\"modelArn\":\""u8);
            to.AddAscii(ModelArn(region, id))
                .Add("\",\"modelId\":\""u8)
                .AddAscii(id)
                .Add("\",\"modelLifecycle\":{\"status\":\"ACTIVE\"},"u8);
            to.Add("\"modelName\":"u8).AddJson(name).Add(",\"outputModalities\":[\"TEXT\"],\"providerName\":"u8).AddJson(provider);
            to.Add(",\"responseStreamingSupported\":true}"u8);
        }

        to.Add("]}"u8);
    }

    /// <summary>Writes <c>GET /inference-profiles</c>.</summary>
    /// <param name="to">Takes it.</param>
    /// <param name="region">The region that was asked.</param>
    /// <param name="type">The type asked for; null for all. Nobody made profiles of their own here.</param>
    public static void WriteProfiles(OutputBuffer to, string region, string? type)
    {
        var area = region.Split('-')[0];
        to.Add("{\"inferenceProfileSummaries\":["u8);
        foreach (var (id, _, name, _) in type == "APPLICATION" ? [] : Models)
        {
            var profile = $"{area}.{id}";
            to.Add(id == Models[0].Id ? ""u8 : ","u8).Add("{\"createdAt\":\"2026-10-01T00:00:00Z\",\"description\":"u8);
            to.AddJson($"Routes requests to {name} in {region}.").Add(",\"inferenceProfileArn\":\""u8);
            to.AddAscii($"arn:aws:bedrock:{region}:{Account}:inference-profile/{profile}").Add("\",\"inferenceProfileId\":\""u8);
            to.AddAscii(profile).Add("\",\"inferenceProfileName\":"u8).AddJson($"{area.ToUpperInvariant()} {name}");
            to.Add(",\"models\":[{\"modelArn\":\""u8).AddAscii(ModelArn(region, id));
            to.Add("\"}],\"status\":\"ACTIVE\",\"type\":\"SYSTEM_DEFINED\",\"updatedAt\":\"2026-10-01T00:00:00Z\"}"u8);
        }

        to.Add("]}"u8);
    }

    private static string ModelArn(string region, string id) => $"arn:aws:bedrock:{region}::foundation-model/{id}";
}
