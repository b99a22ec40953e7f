using System.Text.Json;

namespace Purser.Core.Pricing.Import;

/// <summary>Reads members of tables that may lack them.</summary>
internal static class TableJson
{
    /// <summary>A member that is a text; null where it isn't.</summary>
    public static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>A member that is a map; null where it isn't.</summary>
    public static JsonElement? Map(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object
            ? value
            : null;

    /// <summary>The items of a member that is a list; none where it isn't.</summary>
    public static IEnumerable<JsonElement> Items(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : [];

    /// <summary>Whether a member is there and true.</summary>
    public static bool Flag(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}

/// <summary>Refuses a whole model, and remembers that it was.</summary>
internal sealed class ModelRefusal(TableReading reading, string model)
{
    /// <summary>Whether the model was refused.</summary>
    public bool Any { get; private set; }

    /// <summary>Refuses the model because of a figure.</summary>
    public void Model(string figure, string why)
    {
        Any = true;
        reading.RefuseModel(model, figure, why);
    }
}
