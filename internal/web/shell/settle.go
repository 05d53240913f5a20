package shell

import (
	"html/template"
	"text/template/parse"
)

// settle writes the sentences that never change into a page once, at start: of
// the words of a page most are such, and to look each up and escape it anew was
// half of what a page cost. A sentence is escaped as html/template would: every
// one of them stands in text or in a quoted attribute (a test says so). What a page has
// of the frame around it was settled there.
func (s *Shell) settle(t *template.Template, locale string, around *template.Template) {
	for _, one := range t.Templates() {
		if one.Tree != nil && (around == nil || around.Lookup(one.Name()) == nil) {
			s.settleList(one.Tree.Root, locale)
		}
	}
}

func (s *Shell) settleList(list *parse.ListNode, locale string) {
	if list == nil {
		return
	}
	var nodes []parse.Node
	for _, n := range list.Nodes {
		switch n := n.(type) {
		case *parse.IfNode:
			s.settleList(n.List, locale)
			s.settleList(n.ElseList, locale)
		case *parse.RangeNode:
			s.settleList(n.List, locale)
			s.settleList(n.ElseList, locale)
		case *parse.WithNode:
			s.settleList(n.List, locale)
			s.settleList(n.ElseList, locale)
		}
		text, fixed := n.(*parse.TextNode)
		if key, said := sentence(n); said {
			text, fixed = &parse.TextNode{NodeType: parse.NodeText, Pos: n.Position(), Text: []byte(template.HTMLEscapeString(s.Say(locale, key)))}, true
		}
		if !fixed {
			nodes = append(nodes, n)
			continue
		}
		if before, ok := last(nodes).(*parse.TextNode); ok {
			before.Text = append(before.Text, text.Text...)
			continue
		}
		nodes = append(nodes, text)
	}
	list.Nodes = nodes
}

func last(nodes []parse.Node) parse.Node {
	if len(nodes) == 0 {
		return nil
	}
	return nodes[len(nodes)-1]
}

// sentence is the key of {{t "key"}}, without arguments and pipes.
func sentence(n parse.Node) (key string, ok bool) {
	a, ok := n.(*parse.ActionNode)
	if !ok || len(a.Pipe.Decl) > 0 || len(a.Pipe.Cmds) != 1 || len(a.Pipe.Cmds[0].Args) != 2 {
		return "", false
	}
	f, isCall := a.Pipe.Cmds[0].Args[0].(*parse.IdentifierNode)
	word, isWord := a.Pipe.Cmds[0].Args[1].(*parse.StringNode)
	if !isCall || !isWord || f.Ident != "t" {
		return "", false
	}
	return word.Text, true
}
