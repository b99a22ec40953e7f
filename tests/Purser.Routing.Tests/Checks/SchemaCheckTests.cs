using System.Text.Json;
using CsCheck;
using Purser.Routing.Checks;
using Xunit;

namespace Purser.Routing.Tests.Checks;

public sealed class SchemaCheckTests
{
    private const string Person =
        """{"type":"object","properties":{"name":{"type":"string","minLength":1},"age":{"type":"integer","minimum":0},"kind":{"enum":["a","b"]}},"required":["name"],"additionalProperties":false}""";

    private const string List =
        """{"$defs":{"node":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}},"required":["next"]}},"$ref":"#/$defs/node"}""";

    [Theory]
    [InlineData(Person, """{"name":"x","age":3,"kind":"a"}""", null)]
    [InlineData(Person, """{"name":"x","age":3.0}""", null)]
    [InlineData(Person, """{"age":3}""", "required")]
    [InlineData(Person, """{"name":"x","age":3.5}""", "type")]
    [InlineData(Person, """{"name":"x","age":-1}""", "minimum")]
    [InlineData(Person, """{"name":"x","kind":"c"}""", "enum")]
    [InlineData(Person, """{"name":"x","more":1}""", "additionalProperties")]
    [InlineData(Person, """{"name":""}""", "minLength")]
    [InlineData(Person, "[]", "type")]
    [InlineData(List, """{"next":{"next":null}}""", null)]
    [InlineData(List, """{"next":{"next":1}}""", "anyOf")]
    [InlineData("""{"type":"OBJECT","properties":{"x":{"type":"STRING","nullable":true}}}""", """{"x":null}""", null)]
    [InlineData("""{"type":["string","null"]}""", "null", null)]
    [InlineData("""{"type":["string","null"]}""", "1", "type")]
    [InlineData("""{"type":"array","items":{"type":"number"},"minItems":2,"uniqueItems":true}""", "[1,2]", null)]
    [InlineData("""{"type":"array","items":{"type":"number"},"minItems":2,"uniqueItems":true}""", "[1,1]", "uniqueItems")]
    [InlineData("""{"type":"array","items":{"type":"number"},"minItems":2}""", "[1]", "minItems")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"minimum":5}]}""", "7", "oneOf")]
    [InlineData("""{"not":{"type":"string"}}""", "\"x\"", "not")]
    [InlineData("""{"if":{"properties":{"a":{"const":1}}},"then":{"required":["b"]}}""", """{"a":1}""", "required")]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"abc\"", null)]
    [InlineData("""{"pattern":"^[a-z]+$"}""", "\"a1\"", "pattern")]
    [InlineData("""{"pattern":"^(a+)+$"}""", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"", "pattern")]
    [InlineData("""{"multipleOf":0.01}""", "0.07", null)]
    [InlineData("false", "1", "false")]
    public void What_a_value_breaks_is_named(string schema, string value, string? broken) => Assert.Equal(broken, FaultOf(schema, value));

    [Theory]
    // What would overflow a stack, or never end.
    [InlineData("""{"$ref":"#"}""", "1")]
    [InlineData("""{"allOf":[{"$ref":"#"}]}""", "1")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}""", "1")]
    // What isn't known here.
    [InlineData("""{"$ref":"https://example.com/schema"}""", "1")]
    [InlineData("""{"$ref":"#/$defs/nosuch"}""", "1")]
    [InlineData("""{"not":{"unevaluatedProperties":false}}""", "{}")]
    [InlineData("""{"pattern":"(?=a)b"}""", "\"x\"")]
    [InlineData("""{"type":"tuple"}""", "1")]
    [InlineData("""{"minLength":"3"}""", "\"x\"")]
    [InlineData("\"no schema\"", "1")]
    public void What_cant_be_told_is_no_fault(string schema, string value) => Assert.Null(FaultOf(schema, value));

    [Fact]
    public void Any_schema_and_value_are_taken()
    {
        var word = Gen.OneOf(
            "type",
            "properties",
            "items",
            "$ref",
            "anyOf",
            "allOf",
            "oneOf",
            "not",
            "enum",
            "required",
            "pattern",
            "if",
            "then",
            "minimum"
        );
        var leaf = Gen.OneOf("1", "\"string\"", "\"#\"", "\"#/items\"", "null", "true", "1e999", "\"\\ud800\"", "[]", "{}", "\"(\"");
        var json = Gen.Recursive<string>(
            (depth, self) =>
                depth > 4
                    ? leaf
                    : Gen.Frequency(
                        (2, leaf),
                        (1, self.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")),
                        (
                            3,
                            Gen.Select(word, self)
                                .Array[0, 4]
                                .Select(pairs => $"{{{string.Join(',', pairs.Select(pair => $"\"{pair.Item1}\":{pair.Item2}"))}}}")
                        )
                    )
        );
        Gen.Select(json, json).Sample((schema, value) => FaultOf(schema, value), iter: 5_000, threads: 2);
    }

    private static string? FaultOf(string schema, string value)
    {
        using var form = JsonDocument.Parse(schema);
        using var read = JsonDocument.Parse(value);
        return SchemaCheck.Fault(form.RootElement, read.RootElement);
    }
}
