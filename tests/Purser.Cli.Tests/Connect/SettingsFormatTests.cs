using System.Text.Json.Nodes;
using Purser.Cli.Connect;

namespace Purser.Cli.Tests.Connect;

public sealed class SettingsFormatTests
{
    public static TheoryData<string, string, string, string> JsonSets =>
        new()
        {
            { "", "env.URL", "x", "{\n  \"env\": {\n    \"URL\": \"x\"\n  }\n}\n" },
            { "{}", "env.URL", "x", "{\n  \"env\": {\n    \"URL\": \"x\"\n  }\n}" },
            { "{\n    \"a\": 1\n}\n", "env.URL", "x", "{\n    \"a\": 1,\n    \"env\": {\n        \"URL\": \"x\"\n    }\n}\n" },
            { "{ \"a\": 1 }", "b", "x", "{ \"a\": 1, \"b\": \"x\" }" },
            { "{\n  \"env\": { \"A\": \"1\" }\n}", "env.URL", "x", "{\n  \"env\": { \"A\": \"1\", \"URL\": \"x\" }\n}" },
            {
                "{\n  \"env\": {\n    \"URL\": \"old\" // mine\n  }\n}",
                "env.URL",
                "x",
                "{\n  \"env\": {\n    \"URL\": \"x\" // mine\n  }\n}"
            },
            { "{\n  \"a\": 1, // one\n}\n", "b", "x", "{\n  \"a\": 1, // one\n  \"b\": \"x\"\n}\n" },
            { "{\n  \"a\": 1 // one, two\n}\n", "b", "x", "{\n  \"a\": 1, // one, two\n  \"b\": \"x\"\n}\n" },
            { "{\r\n  \"a\": 1e400\r\n}\r\n", "b", "x", "{\r\n  \"a\": 1e400,\r\n  \"b\": \"x\"\r\n}\r\n" },
            { "{\"a\":{\"b\":null}}", "a.b.c", "x", "{\"a\":{\"b\":{\n  \"c\": \"x\"\n}}}" },
            { "{\"é\":\"ü\"}", "b", "x", "{\"é\":\"ü\", \"b\": \"x\"}" },
        };

    [Theory]
    [MemberData(nameof(JsonSets))]
    public void Setting_a_value_in_json_leaves_the_rest_as_it_is(string text, string path, string value, string expected)
    {
        var set = SettingsFormat.Json.Set(text, path.Split('.'), JsonValue.Create(value));

        Assert.Equal(expected, set);
        Assert.Equal(value, SettingsFormat.Json.Get(set, path.Split('.'))!.GetValue<string>());
        Assert.Equal(set, SettingsFormat.Json.Set(set, path.Split('.'), JsonValue.Create(value)));
    }

    [Theory]
    [InlineData("{\n  \"a\": 1,\n  \"b\": 2\n}", "b", "{\n  \"a\": 1\n}")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": 2\n}", "a", "{\n  \"b\": 2\n}")]
    [InlineData("{\n  \"a\": 1\n}", "a", "{}")]
    [InlineData("{ \"a\": { \"b\": 1 } }", "a.b", "{ \"a\": {} }")]
    [InlineData("{ \"a\": 1 }", "b", "{ \"a\": 1 }")]
    [InlineData("{ \"a\": 1 }", "b.c", "{ \"a\": 1 }")]
    public void Removing_a_value_from_json_takes_its_comma_along(string text, string path, string expected) =>
        Assert.Equal(expected, SettingsFormat.Json.Remove(text, path.Split('.')));

    [Theory]
    [InlineData("[1]")]
    [InlineData("{ \"a\": }")]
    [InlineData("{ \"a\": 1")]
    [InlineData("{} trailing")]
    public void Json_that_is_broken_is_not_edited(string text) =>
        Assert.Throws<FormatException>(() => SettingsFormat.Json.Set(text, ["a"], JsonValue.Create("x")));

    private static readonly JsonObject Table = new()
    {
        ["name"] = "Purser",
        ["http_headers"] = new JsonObject { ["Authorization"] = "Bearer k" },
    };

    private const string WrittenTable = "[model_providers.purser]\nname = \"Purser\"\nhttp_headers = { Authorization = \"Bearer k\" }\n";

    public static TheoryData<string, string> TomlTables =>
        new()
        {
            { "", WrittenTable },
            { "model = \"x\"", "model = \"x\"\n\n" + WrittenTable },
            {
                "model = \"x\" # é\n\n[model_providers.purser]\nname = \"old\"\n\n[model_providers.purser.http_headers]\nA = \"b\"\n\n[other]\na = 1 # kept\n",
                "model = \"x\" # é\n\n" + WrittenTable + "\n\n[other]\na = 1 # kept\n"
            },
        };

    [Theory]
    [MemberData(nameof(TomlTables))]
    public void Setting_a_table_in_toml_leaves_the_rest_as_it_is(string text, string expected)
    {
        var set = SettingsFormat.Toml.Set(text, ["model_providers", "purser"], Table);

        Assert.Equal(expected, set);
        Assert.True(JsonNode.DeepEquals(Table, SettingsFormat.Toml.Get(set, ["model_providers", "purser"])));
        Assert.Equal(set, SettingsFormat.Toml.Set(set, ["model_providers", "purser"], Table));
    }

    [Theory]
    [InlineData("", "model_provider = \"purser\"\n")]
    [InlineData("[a]\nb = 1\n", "model_provider = \"purser\"\n[a]\nb = 1\n")]
    [InlineData("# mine\nmodel = \"x\"\n\n[a]\n", "# mine\nmodel = \"x\"\nmodel_provider = \"purser\"\n\n[a]\n")]
    [InlineData("model_provider = \"openai\" # why\nmodel = 'x'", "model_provider = \"purser\" # why\nmodel = 'x'")]
    public void Setting_a_root_key_in_toml_keeps_it_before_the_tables(string text, string expected)
    {
        var set = SettingsFormat.Toml.Set(text, ["model_provider"], JsonValue.Create("purser"));

        Assert.Equal(expected, set);
        Assert.Equal("purser", SettingsFormat.Toml.Get(set, ["model_provider"])!.GetValue<string>());
    }

    [Theory]
    [InlineData("model_providers = { a = 1 }\n")]
    [InlineData("model_providers.purser.name = \"x\"\n")]
    [InlineData("a = = 1\n")]
    public void Toml_in_a_shape_that_cannot_be_edited_is_left_alone(string text) =>
        Assert.Throws<FormatException>(() => SettingsFormat.Toml.Set(text, ["model_providers", "purser"], Table));

    [Theory]
    [InlineData("", "URL=x\n")]
    [InlineData("A=1", "A=1\nURL=x\n")]
    [InlineData("# c\nexport URL=old\nB=2\n", "# c\nURL=x\nB=2\n")]
    [InlineData("URL=\"x\"\n", "URL=\"x\"\n")]
    public void Setting_a_variable_in_a_dotenv_file_leaves_the_rest_as_it_is(string text, string expected) =>
        Assert.Equal(expected, SettingsFormat.DotEnv.Set(text, ["URL"], JsonValue.Create("x")));
}
