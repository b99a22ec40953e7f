namespace Purser.Clients.Libraries;

/// <summary>The tool that the models are given.</summary>
internal static class Weather
{
    public const string Name = "get_weather";

    public const string Description = "The weather in a city";

    public const string Schema = """{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}""";

    /// <summary>The cities that it was asked for.</summary>
    public static List<string> Calls { get; } = [];

    /// <summary>Gives what the environment says.</summary>
    public static string Get(string city)
    {
        Calls.Add(city);
        return Environment.GetEnvironmentVariable("TOOL_RESULT")!;
    }

    /// <summary>Gives it for a call's arguments in JSON.</summary>
    public static string Get(BinaryData arguments) => Get(arguments.ToObjectFromJson<Asked>()!.City);

    private sealed record Asked([property: System.Text.Json.Serialization.JsonPropertyName("city")] string City);
}
