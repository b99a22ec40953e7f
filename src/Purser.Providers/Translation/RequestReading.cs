using System.Text.Json;

namespace Purser.Providers.Translation;

/// <summary>
/// What is met while a request is read: the first fault, members without a place, notes. A reader asks for values of a kind; where there is
/// another kind the fault is noted and nothing is given, so that reading goes on and ends with one answer.
/// </summary>
/// <param name="format">The format's name.</param>
internal sealed class RequestReading(string format)
{
    private readonly List<KeyValuePair<string, JsonElement>> extras = [];

    /// <summary>The first fault; null while there is none.</summary>
    public RequestFault? Fault { get; private set; }

    /// <summary>What was left out.</summary>
    public RuleNotes Notes { get; } = new();

    /// <summary>The format's name.</summary>
    public string Format { get; } = format;

    /// <summary>Members at the top that have no place.</summary>
    public IReadOnlyList<KeyValuePair<string, JsonElement>> Extras => extras;

    /// <summary>The result, with the fault if there was one.</summary>
    public RequestRead Result(CanonicalRequest? request) => new(Fault is null ? request : null, Fault, Notes);

    /// <summary>Notes a fault; the first counts.</summary>
    public void Refuse(string code, string message, string? param = null) => Fault ??= new RequestFault(code, message, param);

    /// <summary>Refuses by a rule.</summary>
    public void Refuse(TranslationRule rule, string? param = null)
    {
        Notes.Refuse(rule, param);
        Refuse(rule.Name, rule.What, param);
    }

    /// <summary>Keeps a member at the top that has no place.</summary>
    public void Extra(in JsonProperty member)
    {
        if (member.Value.ValueKind != JsonValueKind.Null)
        {
            extras.Add(new(member.Name, member.Value));
        }
    }

    /// <summary>A string; null and a fault where it's of another kind, null alone where it's JSON's null.</summary>
    public string? Text(JsonElement value, string param)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.GetString();
        }
        Expect(value, "a string", param);
        return null;
    }

    /// <summary>True or false.</summary>
    public bool? Flag(JsonElement value, string param)
    {
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.ValueKind == JsonValueKind.True;
        }
        Expect(value, "true or false", param);
        return null;
    }

    /// <summary>A whole number.</summary>
    public long? Whole(JsonElement value, string param)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
        {
            return number;
        }
        Expect(value, "a whole number", param);
        return null;
    }

    /// <summary>A whole number from 1 on.</summary>
    public long? Positive(JsonElement value, string param)
    {
        var number = Whole(value, param);
        if (number < 1)
        {
            Refuse(RequestFaults.InvalidMember, $"'{param}' must be at least 1.", param);
            return null;
        }
        return number;
    }

    /// <summary>A number.</summary>
    public decimal? Number(JsonElement value, string param)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number))
        {
            return number;
        }
        Expect(value, "a number", param);
        return null;
    }

    /// <summary>An object, or false.</summary>
    public bool IsObject(JsonElement value, string param)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            return true;
        }
        Expect(value, "an object", param);
        return false;
    }

    /// <summary>A list, or false.</summary>
    public bool IsList(JsonElement value, string param)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return true;
        }
        Expect(value, "a list", param);
        return false;
    }

    /// <summary>A string that must be there and not be empty; else a fault, and an empty string.</summary>
    public string Required(JsonElement owner, string name, string param)
    {
        if (owner.Text(name) is { Length: > 0 } text)
        {
            return text;
        }
        Refuse(RequestFaults.InvalidMember, $"'{param}' must be there, as a string that isn't empty.", param);
        return "";
    }

    private void Expect(JsonElement value, string what, string param)
    {
        if (value.ValueKind != JsonValueKind.Null)
        {
            Refuse(RequestFaults.InvalidMember, $"'{param}' must be {what}.", param);
        }
    }
}
