package simulate

import "strconv"

var givenNames = [...]string{
	"Marit", "Joris", "Anneke", "Pieter", "Saskia", "Linnea", "Oskar", "Freja", "Gunnar", "Priya",
	"Rohan", "Meera", "Arjun", "Kavya", "Claire", "Duncan", "Moira", "Angus", "Bram", "Femke",
	"Elsa", "Nils", "Tanvi", "Vikram", "Isla", "Hamish", "Willem", "Lotte", "Astrid", "Karan", "Ewan",
}

var surnames = [...]string{
	"Veldkamp", "Hendriksen", "Oosterhuis", "Dijkgraaf", "Bergqvist", "Lindahl", "Nordgren", "Sandell",
	"Kulkarni", "Deshpande", "Joglekar", "Phadke", "MacAskill", "Fraserton", "Gillespie", "Rennick",
	"Terpstra", "Wiersma", "Ekdahl", "Hallgren", "Gokhale", "Sathe", "Murchison",
}

// nameOf returns the name of person n. Both lists have prime lengths, so that
// names repeat late.
func nameOf(n int) (given, surname string) {
	given, surname = givenNames[n%len(givenNames)], surnames[n%len(surnames)]
	if round := n / (len(givenNames) * len(surnames)); round > 0 {
		surname += strconv.Itoa(round + 1)
	}
	return given, surname
}

var teamNames = [...]string{
	"orders", "tracking", "billing", "customs", "fleet", "warehouse", "portal", "pricing", "claims", "routing",
	"partners", "identity", "search", "labels", "returns", "payroll", "booking", "yards", "rail", "ports",
}

// teamName returns the name of application team n.
func teamName(n int) string {
	name := teamNames[n%len(teamNames)]
	if round := n / len(teamNames); round > 0 {
		name += strconv.Itoa(round + 1)
	}
	return name
}
