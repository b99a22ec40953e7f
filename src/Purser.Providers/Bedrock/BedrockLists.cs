using System.Buffers;
using System.Text.Json;

namespace Purser.Providers.Bedrock;

/// <summary>The lists of Bedrock's control plane, as clients read them.</summary>
public static class BedrockLists
{
    /// <summary>The region that is named where no provider of Bedrock's is configured.</summary>
    public const string AnyRegion = "us-east-1";

    private const string Beginning = "2026-01-01T00:00:00Z";

    /// <summary>The body of <c>GET /foundation-models</c>: what isn't a profile.</summary>
    /// <param name="models">The models that the caller may use.</param>
    /// <param name="region">The region for ARNs.</param>
    public static byte[] Models(IEnumerable<ListedModel> models, string region) =>
        Write(
            "modelSummaries",
            models.Where(model => !BedrockModel.IsProfile(model.Id)),
            (json, model) =>
            {
                json.WriteString("modelArn", ModelArn(region, model.Id));
                json.WriteString("modelId", model.Id);
                json.WriteString("modelName", model.Id);
                json.WriteString("providerName", VendorOf(model.Id));
                WriteList(json, "inputModalities", "TEXT");
                WriteList(json, "outputModalities", "TEXT");
                json.WriteBoolean("responseStreamingSupported", true);
                WriteList(json, "customizationsSupported");
                WriteList(json, "inferenceTypesSupported", "ON_DEMAND");
                json.WriteStartObject("modelLifecycle");
                json.WriteString("status", "ACTIVE");
                json.WriteEndObject();
            }
        );

    /// <summary>The body of <c>GET /inference-profiles</c>: those that AWS made.</summary>
    /// <param name="models">The models that the caller may use.</param>
    /// <param name="region">The region for ARNs.</param>
    public static byte[] Profiles(IEnumerable<ListedModel> models, string region) =>
        Write(
            "inferenceProfileSummaries",
            models.Where(model => BedrockModel.IsProfile(model.Id)),
            (json, model) =>
            {
                json.WriteString("inferenceProfileName", model.Id);
                json.WriteString("inferenceProfileId", model.Id);
                // AWS's own profiles are the same in every account.
                json.WriteString("inferenceProfileArn", $"arn:aws:bedrock:{region}:000000000000:inference-profile/{model.Id}");
                json.WriteString("description", $"Served by the provider {model.OwnedBy}.");
                json.WriteString("createdAt", Beginning);
                json.WriteString("updatedAt", Beginning);
                json.WriteStartArray("models");
                json.WriteStartObject();
                json.WriteString("modelArn", ModelArn(region, model.Id[(model.Id.IndexOf('.', StringComparison.Ordinal) + 1)..]));
                json.WriteEndObject();
                json.WriteEndArray();
                json.WriteString("status", "ACTIVE");
                json.WriteString("type", "SYSTEM_DEFINED");
            }
        );

    /// <summary>The id in the path of <c>GET /inference-profiles/{id}</c>, of which an ARN says as much.</summary>
    public static string IdIn(string path) => BedrockModel.Read(path).Name;

    /// <summary>Whether an id is that of a profile that AWS made.</summary>
    public static bool IsProfile(string id) => BedrockModel.IsProfile(id);

    private static string ModelArn(string region, string id) => $"arn:aws:bedrock:{region}::foundation-model/{id}";

    private static string VendorOf(string id) => id.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot ? id[..dot] : id;

    private static void WriteList(Utf8JsonWriter json, string name, params string[] values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }
        json.WriteEndArray();
    }

    private static byte[] Write(string list, IEnumerable<ListedModel> models, Action<Utf8JsonWriter, ListedModel> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, ErrorJson.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray(list);
            foreach (var model in models)
            {
                json.WriteStartObject();
                write(json, model);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }
}
